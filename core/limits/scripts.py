"""The Lua scripts. Each runs as one atomic step on the server and takes its time from there.

Budgets are the generic cell rate algorithm (ITU-T I.371, as a virtual schedule): a key holds the time at which its
budget is full again, in microseconds; one request moves it by the window divided by the limit. Numbers stay below
2**53, where Lua's doubles are exact.
"""

from enum import IntEnum
from typing import Final

from core.infra.redis import Script


class Known(IntEnum):
    """What ADMIT says about the answer to the call."""

    NO = 0
    HELD = 1  # the copy that the process holds is current
    SENT = 2  # it follows
    NOT_MODIFIED = 3  # the client holds it


ADMIT: Final = Script("""
-- KEYS: one for each policy; where the answer may be cached, its group's generation and the answer itself
-- ARGV: number of policies, cost, interval and limit of each policy; then If-None-Match, the generation of the copy
--   that the process holds (each '' for none), '1' where If-None-Match names that copy
-- returns {admitted, wait, known, generation, (remaining, time until full) of each policy, [etag, type, link,
--   body, ttl ms]}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local policies, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local known, generation, etag = 0, '0', nil

if #KEYS > policies then
  local if_none_match, held, held_matches = unpack(ARGV, 3 + 2 * policies)
  generation = redis.call('GET', KEYS[policies + 1])
  if not generation then
    generation = string.format('%.0f', now)
    redis.call('SET', KEYS[policies + 1], generation)
  end
  if held == generation then
    known = held_matches == '1' and 3 or 1
  else
    local entry = redis.call('HMGET', KEYS[policies + 2], 'generation', 'etag')
    if entry[1] == generation then
      etag = entry[2]
      local matches = if_none_match == '*' or string.find(if_none_match, etag, 1, true)
      known = matches and 3 or 2
    end
  end
  if known == 3 then cost = 0 end  -- a 304 costs no quota
end

local wait, full = 0, {}
for i = 1, policies do
  local interval, limit = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  full[i] = math.max(now, tonumber(redis.call('GET', KEYS[i]) or now))
  wait = math.max(wait, full[i] + (cost - limit) * interval - now)
end
local admitted = cost == 0 or wait <= 0
local reply = {admitted and 1 or 0, admitted and 0 or wait, known, generation}
for i = 1, policies do
  local interval, limit = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  if admitted and cost > 0 then
    full[i] = full[i] + cost * interval
    redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
  end
  reply[#reply + 1] = math.max(0, math.floor(limit - (full[i] - now) / interval))
  reply[#reply + 1] = full[i] - now
end
if etag and admitted then
  reply[#reply + 1] = etag
  if known == 2 then
    local entry = redis.call('HMGET', KEYS[policies + 2], 'type', 'link', 'body')
    for i = 1, 3 do reply[#reply + 1] = entry[i] end
    reply[#reply + 1] = redis.call('PTTL', KEYS[policies + 2])
  end
end
return reply
""")

REFUND: Final = Script("""
-- KEYS: one for each policy; ARGV: cost, interval of each policy
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #KEYS do
  local full = tonumber(redis.call('GET', KEYS[i]) or now) - ARGV[1] * ARGV[1 + i]
  if full > now then
    redis.call('SET', KEYS[i], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
  else
    redis.call('DEL', KEYS[i])
  end
end
""")

STORE: Final = Script("""
-- KEYS: the group's generation, the answer; ARGV: generation, etag, type, link, body, ttl ms
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('HSET', KEYS[2], 'generation', ARGV[1], 'etag', ARGV[2], 'type', ARGV[3], 'link', ARGV[4], 'body', ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
end
""")
