-- Takes a session up: who had it can't change it any more.
-- KEYS: session, its own log, the namespace's log, crowded
-- ARGV: new owner, milliseconds that it lives, position of the client's last event, whose it is to be (may be missing)
-- Returns nothing when it is unknown or another's; else id, user, rooms, settled, from, the last entry that went before
-- its time, whether that position's entry is still there, and the entries of its own log.
local fields = redis.call('HMGET', KEYS[1], 'id', 'user', 'rooms', 'settled', 'from')
if not fields[1] or (ARGV[4] and fields[2] ~= ARGV[4]) then return {} end
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local own = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do own[#own + 1] = entry[2][2] end
local crowded = redis.call('GET', KEYS[4]) or '0-0'
local known = #redis.call('XRANGE', KEYS[3], ARGV[3], ARGV[3])
return {fields[1], fields[2], fields[3], fields[4], fields[5], crowded, known, own}
