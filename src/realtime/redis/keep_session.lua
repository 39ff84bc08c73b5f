-- Writes a session and how long it lives from now, unless another connection has taken it up meanwhile.
-- KEYS: session, its own log
-- ARGV: owner (0: who made it), milliseconds (0: forget it), fields and values...
-- Returns 1, or 0 where nothing was changed.
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
if not owner then
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'from', now)
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
