-- {}: {…, version, holds, sold}
local refused = begin()
if refused then return refused end
expire()
return finish('OK', string.format('%.0f', number_of('version')), redis.call('HGETALL', holds),
              redis.call('HGETALL', sold))
