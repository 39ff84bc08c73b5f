-- {since}: {…, 'missed', [events]} or {…, 'gone'} where the log no longer has them all.
local refused = begin()
if refused then return refused end
expire()
local missing = number_of('version') - arguments.since
if missing < 0 or missing > redis.call('LLEN', log) then return finish('OK', 'gone') end
return finish('OK', 'missed', missing > 0 and redis.call('LRANGE', log, -missing, -1) or {})
