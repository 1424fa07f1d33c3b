"""Whether signals tell anything of later returns, with every try counted."""
