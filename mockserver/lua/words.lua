-- The last of these files. A word that no class has, or one that is called with a dot, is an error that names the right one;
-- without it Lua would call nil, or make a rule for every service out of `org.on_upload()`.
local core = ...

--- How many letters are to be changed, left out or put in.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j) and 0 or 1
      corner, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, corner + same)
    end
  end
  return row[#b]
end

--- "; did you mean on_upload?", when one of the words is near.
local function guess(words, name)
  local best, least
  for word in pairs(words) do
    local steps = distance(name, word)
    if not least or steps < least or steps == least and word < best then best, least = word, steps end
  end
  return least and least <= math.max(1, #name // 4) and ("; did you mean %s?"):format(best) or ""
end

local function seal(words, what)
  setmetatable(words, { __index = function(_, name)
    if type(name) == "string" then error(("%s has no %s%s"):format(what, name, guess(words, name)), 2) end
  end })
end

--- What is `what`:word() is not `what`.word().
local function demand_colon(class, what, word)
  local run = class[word]
  class[word] = function(self, ...)
    if getmetatable(self) ~= class then error(("%s() is called with a colon: %s:%s(…)"):format(word, what:lower(), word), 2) end
    return run(self, ...)
  end
end

for what, class in pairs(core.classes) do
  local words = {}
  for word, run in pairs(class) do
    if type(run) == "function" then words[#words + 1] = word end
  end
  for _, word in ipairs(words) do demand_colon(class, what, word) end
  seal(class, "class " .. what)
end
seal(core.models, "foundry.model")
