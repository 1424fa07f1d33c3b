select n.*
from notices as n
where n.key = $key
