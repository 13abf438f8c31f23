-- Random histories of a small company: its steps are lines of a scenario, and are run as they are written.
--
-- What a history did is therefore a scenario: the runner saves the shortest one that breaks a property.
local book_of = require "lib.orders"
local company = require "lib.company"
local model = require "lib.history_model"
local steps = setmetatable({ sync = require "lib.history_sync" }, { __index = require "lib.history_steps" })

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

-- ---- the text of the scenario ----

local function head(self, definition)
  local needs = {}
  for i, word in ipairs(definition.needs) do needs[i] = ("%q"):format(word) end
  local covers = {}
  for i, id in ipairs(definition.covers) do covers[i] = ("%q"):format(id) end
  return {
    ("-- What breaks \"%s\": history %d of --seed %d, without the steps that it does not need."):format(
      definition.title, runner.history.number, runner.seed),
    'local foundry = require "foundry"', 'local company = require "lib.company"', 'local book_of = require "lib.orders"', "",
    ("scenario %q {"):format(self.title), "  covers = { " .. table.concat(covers, ", ") .. " },",
    "  needs = { " .. table.concat(needs, ", ") .. " },", "  run = function(t)",
  }
end

-- A handler for the policy "custom": two updates agree on a third value, otherwise the back end's row stays.
local function handler(variable, service)
  local columns = {}
  for _, object in ipairs(model.ORDER) do
    local about = model.OBJECTS[object]
    if about.service == service and about.column then columns[about.column] = model.AGREED[object] end
  end
  local column, value = next(columns)
  return {
    ("%s:on_conflict(function(kind, _, theirs)"):format(variable),
    ("  if kind ~= \"update_update\" then return nil end"),
    ("  theirs.%s = %s"):format(column, type(value) == "string" and ("%q"):format(value) or value),
    "  return theirs", "end)",
  }
end

local MAKERS = {
  { service = "Organization", line = "local organization, employees, departments = company.with_departments(t%s)" },
  { service = "Sales", line = "local sales, notes = company.sales(t%s)" },
  { service = "Orders", line = "local book, orders, items = book_of.counted(t%s)", needs = "hierarchy" },
}

local function service_options(t, policy)
  local parts = {}
  if t.claims("uploadCache") then parts[1] = "uploadCache = true" end
  if policy then parts[#parts + 1] = ("conflict = %q"):format(policy) end
  return #parts > 0 and ", { " .. table.concat(parts, ", ") .. " }" or ""
end

-- The services of a history, by name: those that the port can sync.
local function services_of(t)
  local served = {}
  for _, maker in ipairs(MAKERS) do served[maker.service] = not maker.needs or t.claims(maker.needs) end
  return served
end

local function services(t, served, policies)
  local code = {}
  for _, maker in ipairs(MAKERS) do
    local policy = policies[maker.service]
    if served[maker.service] then
      code[#code + 1] = maker.line:format(service_options(t, policy))
      local more = policy == "custom" and handler(model.SERVICES[maker.service], maker.service) or {}
      table.move(more, 1, #more, #code + 1, code)
    end
  end
  return code
end

local function opening(t, served, apps, policies)
  local code = services(t, served, policies)
  code[#code + 1] = 'local tasks = sales:object("Task", foundry.model.note)'
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

-- The first step may say how the services settle conflicts: {kind = "policies", Sales = "serverwins", …}.
local function policies_of(list)
  if not list[1] or list[1].kind ~= "policies" then return {}, 1 end
  return list[1], 2
end

---@param apps string[]  the devices' names
---@param list table[]  the steps
function history.play(t, apps, list)
  local policies, first = policies_of(list)
  local self = setmetatable({
    model = model.new(policies), steps = { first > 1 and policies or nil }, done = {}, pauses = 0,
    served = services_of(t),
    title = ("history %d of seed %d"):format(runner.history.number, runner.seed),
  }, History)
  self.head = head(self, t.definition)
  self.line = #self.head + 1
  self.scope = setmetatable({ t = t, company = company, book_of = book_of, foundry = require "foundry" }, { __index = _G })
  local code = opening(t, self.served, apps, policies)
  tell(self, code)
  run(self, code)
  self.done = code
  for i = first, #list do self:take(list[i]) end
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
