-- Publishes one message of a namespace, and logs it first where it can be recovered: the log's order is everybody's.
-- KEYS: log, crowded (the last entry that went before its time)
-- ARGV: publish command, payload, milliseconds to keep it (0: not logged), entries to keep, channels...
-- Returns the entry's id (0-0: not logged) and how many have received it, copies counted.
local keep, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local id = '0-0'
if keep > 0 then
  id = redis.call('XADD', KEYS[1], '*', 'p', ARGV[2])
  redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', tonumber(string.match(id, '^%d+')) - keep))
  local over = redis.call('XLEN', KEYS[1]) - most
  if over > 0 then
    local gone = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', over)
    redis.call('SET', KEYS[2], gone[#gone][1], 'PX', keep)
    redis.call('XTRIM', KEYS[1], 'MAXLEN', most)
  end
  redis.call('PEXPIRE', KEYS[1], keep)
end
local received = 0
for i = 5, #ARGV do received = received + redis.call(ARGV[1], ARGV[i], id .. '\n' .. ARGV[2]) end
return {id, received}
