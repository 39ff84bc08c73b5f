-- {}: {…, [{seat, hold}]}: confirmations that the database has to settle.
local refused = begin()
if refused then return refused end
return finish('OK', expire())
