-- Logs what was sent to one session alone.
-- KEYS: the session's own log
-- ARGV: payload, milliseconds to keep it, entries to keep, milliseconds that the log lives
local id = redis.call('XADD', KEYS[1], '*', 'p', ARGV[1])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', tonumber(string.match(id, '^%d+')) - tonumber(ARGV[2])))
redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
