-- {reference}
local refused = begin()
if refused then return refused end
local all = redis.call('HGETALL', holds)
for index = 1, #all, 2 do
  local seat, hold = all[index], cjson.decode(all[index + 1])
  if hold.confirming_until and hold.reference == arguments.reference then
    hold.confirming_until, hold.reference = nil, nil
    store_hold(seat, hold)
    schedule(seat, hold, member_of(hold.owner))
  end
end
expire()
return finish('OK')
