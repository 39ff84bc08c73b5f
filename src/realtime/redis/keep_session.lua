-- Writes a session and how long it lives from now, unless another connection has taken it up meanwhile.
-- KEYS: session, its own log
-- ARGV: owner (0: who made it), milliseconds (0: forget it), milliseconds since the client came, fields and values...
-- What was published before it came it has not missed: this may be the first that is heard of it, long afterwards.
-- Returns 1, or 0 where nothing was changed.
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
if not owner then
  local time = redis.call('TIME')
  local from = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'from', from)
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
