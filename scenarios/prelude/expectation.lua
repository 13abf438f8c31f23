-- Checks. Each one is one call of runner.check with a sentence, what was expected and what was there.
local codes = require "prelude.codes"
local journal = require "prelude.journal"
local place = require "prelude.place"
local result = require "prelude.result"
local rows = require "prelude.rows"
local text = require "prelude.text"
local values = require "prelude.values"

local expectation = {}

local Expectation = {}
Expectation.__index = Expectation

local made = {} -- all of them, in order

---@param id string  the requirement under which the check is judged
function expectation.new(value, id)
  made[#made + 1] = setmetatable({ value = value, id = id, where = place.of_author() }, Expectation)
  return made[#made]
end

---The author's line of a `t.expect(value)` behind which no check stands, or nil: it looks like one and proves nothing.
---@return string|nil
function expectation.unasked()
  for _, each in ipairs(made) do
    if not each.asked then return each.where end
  end
  return nil
end

local function check(self, ok, message, expected, actual)
  self.asked = true
  runner.check {
    id = self.id, ok = ok and true or false, message = message, expected = expected, actual = actual,
    where = ok and "" or place.of_author(),
  }
  return self
end

local function show(value)
  if result.is_result(value) then return value:describe() end
  if rows.is_rows(value) then return text.show_rows(value) end
  return text.show(value)
end

-- A list of rows is expected as rows, save where a scalar stands in one of the lists.
local function same(actual, expected)
  if rows.is_rows(expected) and rows.is_rows(actual) then return rows.match(expected, actual) end
  return values.equal(expected, actual)
end

-- ---- values ----

---Rows: as many, each matched in the columns that `wanted` names, any order. Else deep equality.
function Expectation:equals(wanted)
  local ok = same(self.value, wanted)
  if ok then return check(self, true, "equal") end
  local message = rows.is_rows(self.value) and "the rows differ" or "the value differs"
  return check(self, false, message, show(wanted), show(self.value))
end

function Expectation:differs_from(unwanted)
  if not same(self.value, unwanted) then return check(self, true, "different") end
  return check(self, false, "the value is the same", "something other than " .. show(unwanted), show(self.value))
end

---@param message? string  what should hold
function Expectation:is_true(message)
  return check(self, self.value == true, message and "not so: " .. message or "it is not true", "true", show(self.value))
end

---@param message? string  what is wrong when it is not
function Expectation:is_false(message)
  return check(self, self.value == false, message or "it is not false", "false", show(self.value))
end

function Expectation:is_nil(message)
  return check(self, values.is_absent(self.value), message or "something is there", "nothing", show(self.value))
end

---`predicate(value)` holds; `what` says it in words.
function Expectation:satisfies(predicate, what)
  return check(self, predicate(self.value), what .. ": it does not hold", what, show(self.value))
end

local function count_of(value)
  if type(value) ~= "table" then return type(value) == "string" and #value or 0 end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count
end

---How many elements or members.
function Expectation:count(number)
  local count = count_of(self.value)
  if count == number then return check(self, true, "counted") end
  return check(self, false, "there are " .. count .. " instead of " .. number, tostring(number), count .. ":\n" .. show(self.value))
end

---The element at this place of a list, for the author to go on with. Where there is none the check fails.
---@return any
function Expectation:at(place)
  local element = self.value[place]
  local there = element ~= nil
  check(self, there, "the list is too short", "at least " .. place, there and place or ("%d: %s"):format(#self.value, show(self.value)))
  return element
end

local function contains(value, wanted)
  if type(value) == "string" then return value:find(tostring(wanted), 1, true) ~= nil end
  if type(value) ~= "table" then return false end
  if type(wanted) == "table" and values.covers(wanted, value) then return true end
  if type(wanted) ~= "table" and not values.is_absent(value[wanted]) and #value == 0 then return true end
  local datatypes = rows.datatypes(value)
  for _, element in ipairs(value) do
    local fits = type(wanted) == "table" and values.covers(wanted, element, datatypes)
    if fits or values.equal(wanted, element) then return true end
  end
  return false
end

---An element (rows: by the columns that `wanted` names), a member, or a part of a text.
function Expectation:contains(wanted)
  return check(self, contains(self.value, wanted), "it is not there", show(wanted), show(self.value))
end

---`named`: outcome name -> value, or function(actual) -> boolean. The name that fits is reported (R-2).
function Expectation:one_of(named)
  local names = text.sorted_keys(named)
  for _, name in ipairs(names) do
    local wanted = named[name]
    local fits = type(wanted) == "function" and wanted(self.value) or type(wanted) ~= "function" and same(self.value, wanted)
    if fits then
      runner.outcome(self.id, name)
      return check(self, true, name)
    end
  end
  return check(self, false, "none of the accepted outcomes", table.concat(names, " or "), show(self.value))
end

-- ---- results ----

local function as_result(self)
  if result.is_result(self.value) then return self.value end
  error("this check needs a Result, for example app:sync(), and got " .. text.show(self.value), 0)
end

function Expectation:succeeds()
  local outcome = as_result(self)
  return check(self, outcome.outcome == "success", "the call did not succeed", "success", outcome:describe())
end

function Expectation:fails()
  local outcome = as_result(self)
  return check(self, outcome.outcome == "failure", "the call did not fail", "failure", outcome:describe())
end

-- Application level: every failed service's code fits, or the call's own does.
local function has_code(outcome, list)
  if not list or codes.is_among(outcome.code, list) then return true end
  local parts = outcome:codes()
  for _, part in ipairs(parts) do
    if not codes.is_among(part.code, list) then return false end
  end
  return #parts > 0
end

---@param wanted integer|integer[]|string  a code, a list of codes, or a class of codes.lua
function Expectation:fails_with(wanted)
  local outcome, list, words = as_result(self), codes.wanted(wanted)
  local failed = outcome.outcome == "failure"
  local message = failed and "it failed with another code" or "the call did not fail"
  return check(self, failed and has_code(outcome, list), message, "failure " .. words, outcome:describe())
end

---The failure callback, or an exception or error at the call (API-10, API-12).
---@param wanted? integer|integer[]|string
function Expectation:refused_or_fails(wanted)
  local outcome = as_result(self)
  local list, words
  if wanted then list, words = codes.wanted(wanted) end
  local failed = outcome.outcome == "failure" or outcome.outcome == "refused"
  local message = failed and "it failed with another code" or "the call was neither refused nor did it fail"
  return check(self, failed and has_code(outcome, list), message, "refusal or failure " .. (words or ""), outcome:describe())
end

-- ---- requests ----

local function places_of(requests)
  local parts = {}
  for i, request in ipairs(requests) do parts[i] = "#" .. request.seq end
  return #parts > 0 and " (requests " .. table.concat(parts, " ") .. ")" or ""
end

local function same_list(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if a[i] ~= b[i] then return false end
  end
  return true
end

local function compare_lists(self, message, wanted, got)
  local ok = same_list(wanted, got)
  return check(self, ok, message, text.list(wanted), text.list(got) .. places_of(self.value))
end

---Cache ids, numbered in the order of first sight; 0 = no id.
function Expectation:has_ids(wanted)
  local numbers, got, count = {}, {}, 0
  for i, request in ipairs(self.value) do
    local id = not values.is_absent(request.cache_id) and request.cache_id or nil
    if id and not numbers[id] then
      count = count + 1
      numbers[id] = count
    end
    got[i] = id and numbers[id] or 0
  end
  return compare_lists(self, "the cache ids come in another order", wanted, got)
end

---How many records each upload carries.
function Expectation:has_sizes(wanted)
  local got = {}
  for i, request in ipairs(self.value) do got[i] = #request.records end
  return compare_lists(self, "the uploads carry other numbers of records", wanted, got)
end

---All of this list before all of the next one, and so on.
function Expectation:in_order(...)
  local before = self.value
  for _, after in ipairs { ... } do
    for _, first in ipairs(before) do
      for _, second in ipairs(after) do
        if first.seq >= second.seq then
          return check(self, false, "the requests come in another order",
            "all of" .. places_of(before) .. " before all of" .. places_of(after),
            ("#%d came after #%d"):format(first.seq, second.seq))
        end
      end
    end
    before = after
  end
  return check(self, true, "in order")
end

---@return {from: integer, to: integer}|nil
local function interval_of(requests)
  if #requests == 0 then return nil end
  local from, to = math.huge, 0
  for _, request in ipairs(requests) do
    from = math.min(from, request.seq)
    to = math.max(to, values.is_absent(request.ended) and math.huge or request.ended)
  end
  return { from = from, to = to }
end

---A list of Requests: their intervals [first request, last answer] do not overlap.
function Expectation:disjoint()
  local intervals = {}
  for i, requests in ipairs(self.value) do
    local interval = interval_of(requests)
    if interval then
      interval.name = requests[1].service or "list " .. i
      intervals[#intervals + 1] = interval
    end
  end
  table.sort(intervals, function(a, b) return a.from < b.from end)
  for i = 2, #intervals do
    local one, two = intervals[i - 1], intervals[i]
    if two.from < one.to then
      return check(self, false, "two intervals overlap", "one after the other",
        ("%s [%s, %s] and %s [%s, %s]"):format(one.name, one.from, one.to, two.name, two.from, two.to))
    end
  end
  return check(self, true, "disjoint")
end

---A function: running it causes no upload and no download.
function Expectation:sends_nothing()
  local before = journal.traffic_count()
  self.value()
  local sent = journal.traffic_count() - before
  return check(self, sent == 0, "requests were sent", "no upload and no download", sent .. " of them")
end

return expectation
