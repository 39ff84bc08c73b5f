-- KEYS[1] a user's playback   ARGV: revision that was read ('' when there was none), new revision, state, time to
-- live in ms. 1 when it is kept, 0 when somebody was faster.
local current = redis.call('HGET', KEYS[1], 'revision') or ''
if current ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
