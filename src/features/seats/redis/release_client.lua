-- KEYS[1] a client id's claim   ARGV: owner, connection. Only if it is still this connection's.
if redis.call('GET', KEYS[1]) == ARGV[1] .. ' ' .. ARGV[2] then redis.call('DEL', KEYS[1]) end
return 1
