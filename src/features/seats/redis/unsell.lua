-- {seat}
local refused = begin()
if refused then return refused end
local text = redis.call('HGET', sold, arguments.seat)
if text then
  redis.call('HDEL', sold, arguments.seat)
  local seat = cjson.decode(text)
  announce({kind = 'unsold', seats = {arguments.seat}, client_id = seat.client_id, display_name = seat.client_id})
end
return finish('OK')
