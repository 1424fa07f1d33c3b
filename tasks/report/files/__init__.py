"""Files that go with a message: pictures and orders."""
