update notices
set upload = $upload
where key = $key and state = 'sending' and owner = $owner
