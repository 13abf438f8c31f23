-- Random histories of a small company: its steps are lines of a scenario, and are run as they are written.
--
-- What a history did is therefore a scenario: the runner saves the shortest one that breaks a property.
local company = require "lib.company"
local model = require "lib.history_model"
local steps = require "lib.history_steps"

local history = {}

local History = {}
History.__index = History

local INDENT = "    "

-- ---- running lines ----

-- Lines are numbered as they stand in the scenario, so that a failed check names the right one.
local function run(self, code)
  local first = self.line
  self.line = first + #code
  local plain = {}
  for i, line in ipairs(code) do plain[i] = line:gsub("^local ", "") end -- for the lines that follow
  local text = ("\n"):rep(first - 1) .. "local _ENV = ...; " .. table.concat(plain, "\n")
  local chunk, problem = load(text, "=" .. self.title)
  if not chunk then error(problem, 0) end
  chunk(self.scope)
end

---Does the device have the row now?
function History:has(device, row)
  local wanted = { [model.OBJECTS[row.object].name] = row.name }
  return company.count(self.scope[device]:rows(row.object), wanted) == 1
end

-- ---- the text of the scenario ----

local function head(self, definition)
  local needs = {}
  for i, word in ipairs(definition.needs) do needs[i] = ("%q"):format(word) end
  local covers = {}
  for i, id in ipairs(definition.covers) do covers[i] = ("%q"):format(id) end
  return {
    ("-- What breaks \"%s\": history %d of --seed %d, without the steps that it does not need."):format(
      definition.title, runner.history.number, runner.seed),
    'local foundry = require "foundry"', 'local company = require "lib.company"', "",
    ("scenario %q {"):format(self.title), "  covers = { " .. table.concat(covers, ", ") .. " },",
    "  needs = { " .. table.concat(needs, ", ") .. " },", "  run = function(t)",
  }
end

local function opening(t, apps)
  local options = t.claims("uploadCache") and ", { uploadCache = true }" or ""
  local code = {
    ("local organization, employees, departments = company.with_departments(t%s)"):format(options),
    ("local sales, notes = company.sales(t%s)"):format(options),
    'local tasks = sales:object("Task", foundry.model.note)',
  }
  for _, app in ipairs(apps) do
    code[#code + 1] = #apps == 1 and ("local %s = t:app():setup()"):format(app)
      or ("local %s = t:app { name = %q }:setup()"):format(app, app)
  end
  return code
end

-- Before the lines are run: whatever happens in them, the runner knows how it came to that.
local function tell(self, code)
  local text = table.concat(self.head, "\n") .. "\n"
  for _, line in ipairs(self.done) do text = text .. INDENT .. line .. "\n" end
  for _, line in ipairs(code) do text = text .. INDENT .. line .. "\n" end
  runner.tell_history { steps = self.steps, text = text .. "  end,\n}\n" }
end

---@param apps string[]  the devices' names
---@param list table[]  the steps
function history.play(t, apps, list)
  local self = setmetatable({
    model = model.new(), steps = {}, done = {}, pauses = 0,
    title = ("history %d of seed %d"):format(runner.history.number, runner.seed),
  }, History)
  self.head = head(self, t.definition)
  self.line = #self.head + 1
  self.scope = setmetatable({ t = t, company = company, foundry = require "foundry" }, { __index = _G })
  local code = opening(t, apps)
  tell(self, code)
  run(self, code)
  self.done = code
  for _, step in ipairs(list) do self:take(step) end
end

-- Checks of steps that held are not told: the scenario would be full of them.
function History:take(step)
  local code, after = steps[step.kind](self, step)
  if not code then return end
  self.steps[#self.steps + 1] = step
  local whole = table.move(code, 1, #code, 1, {})
  table.move(after or {}, 1, #(after or {}), #whole + 1, whole)
  tell(self, whole)
  run(self, whole)
  self.line = self.line - #(after or {})
  table.move(code, 1, #code, #self.done + 1, self.done)
end

return history
