-- Random numbers from a seed (splitmix64): the same seed gives the same numbers everywhere.
local random = {}

local Random = {}
Random.__index = Random

---@param seed integer
function random.new(seed) return setmetatable({ state = seed }, Random) end

---@return integer  64 random bits
function Random:bits()
  self.state = self.state + 0x9E3779B97F4A7C15
  local bits = self.state
  bits = (bits ~ bits >> 30) * 0xBF58476D1CE4E5B9
  bits = (bits ~ bits >> 27) * 0x94D049BB133111EB
  return bits ~ bits >> 31
end

---@return integer  from 1 to `most`
function Random:below(most) return (self:bits() >> 1) % most + 1 end

---True in `percent` of 100 cases.
function Random:chance(percent) return self:below(100) <= percent end

---@return any  one of the list; nil when it is empty
function Random:pick(list) return list[self:below(math.max(#list, 1))] end

---One of a list of {weight = n, …}.
function Random:weighted(list)
  local sum = 0
  for _, row in ipairs(list) do sum = sum + row.weight end
  local left = self:below(sum)
  for _, row in ipairs(list) do
    left = left - row.weight
    if left <= 0 then return row end
  end
end

return random
