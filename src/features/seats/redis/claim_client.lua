-- KEYS[1] a client id's claim   ARGV: owner, connection, lease in ms. 1 when it is ours now, 0 when another
-- user has it.
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(.*) [^ ]*$') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 1
