-- The steps of random histories: each says with which lines of a scenario it is done.
--
-- A step is plain data, made by history_generator.lua. Its function gets the history and the step, and gives the lines and
-- the checks that follow them; nil when it cannot happen here (its row is gone, say), and then the history has changed nothing.
local checks = require "lib.history_checks"
local model = require "lib.history_model"

local steps = {}

local function lines(format, ...) return { format:format(...) } end

-- ---- rows ----

---A value as Lua text.
local function text_of(value) return type(value) == "string" and ("%q"):format(value) or tostring(value) end

---{ Id = "n1", Text = "text 1" }; `more` is text for a further column.
local function record(object, values, more)
  local about = model.OBJECTS[object]
  local parts = {}
  for _, column in ipairs { about.name, about.column } do
    if values[column] ~= nil then parts[#parts + 1] = column .. " = " .. text_of(values[column]) end
  end
  parts[#parts + 1] = more
  return "{ " .. table.concat(parts, ", ") .. " }"
end
steps.record = record

local function found(device, object, name)
  return ("%s:rows(%q):where { %s = %q }[1]"):format(device, object, model.OBJECTS[object].name, name)
end

-- How a line names the row: the variable of the create, or a look at the device.
local function handle(device, row)
  if row.made_by == device then return row.name end
  if row.object == "Note" or row.object == "Task" then return ("{ Id = %q }"):format(row.name) end
  return found(device, row.object, row.name)
end

-- May this device edit the row? Its own, or one of the back end that has come down.
local function editable(history, step)
  local row = history.model.rows[step.row]
  if not row or not row.values or row.deferred then return nil end
  if row.owner == step.app then return row end
  if row.owner == "server" and history:has(step.app, row) then return row end
  return nil
end

local function changed(row, value)
  local values = {}
  for column, old in pairs(row.values) do values[column] = old end
  values[model.OBJECTS[row.object].column or ""] = value
  return values
end

function steps.create(history, step)
  if history.model.rows[step.row] then return nil end
  local parent = step.parent and history.model.rows[step.parent]
  if step.parent and not (parent and parent.values and history:has(step.app, parent)) then return nil end
  local about = model.OBJECTS[step.object]
  local values = { [about.name] = step.row }
  if about.column then values[about.column] = step.value end
  local row = history.model:add(step.row, step.object, step.app, values)
  row.made_by, row.parent, row.deferred = step.app, step.parent, step.deferred
  local more = parent and "DeptId = " .. found(step.app, "Department", step.parent) .. ".DeptId" or nil
  return lines("local %s = %s:create(%q, %s%s)", step.row, step.app, step.object, record(step.object, values, more),
    step.deferred and ", { markForUpload = false }" or "")
end

function steps.update(history, step)
  local row = editable(history, step)
  if not row or (step.deferred and row.pending) then return nil end
  local name = handle(step.app, row)
  history.model:edit(row, step.app, changed(row, step.value))
  row.deferred = step.deferred
  return lines("%s:update(%q, %s, { %s = %s }%s)", step.app, row.object, name, model.OBJECTS[row.object].column,
    text_of(step.value), step.deferred and ", { markForUpload = false }" or "")
end

function steps.delete(history, step)
  local row = editable(history, step)
  if not row or history.model:has_children(step.row) then return nil end
  local name = handle(step.app, row)
  history.model:edit(row, step.app, nil)
  return lines("%s:delete(%q, %s)", step.app, row.object, name)
end

function steps.mark(history, step)
  if not history.model:mark(step.app, step.object) then return nil end
  return lines("%s:mark(%q)", step.app, step.object)
end

function steps.rollback(history, step)
  if not history.model:can_roll_back(step.app) then return nil end
  history.model:roll_back(step.app)
  return lines("%s:rollback()", step.app), checks.of_device(history, step.app, "LOC-03")
end

-- ---- the back end's own changes ----

local KEYED = { Note = true, Task = true }

function steps.server_insert(history, step)
  if history.model.rows[step.row] then return nil end
  local about = model.OBJECTS[step.object]
  local values = { [about.name] = step.row, [about.column] = step.value }
  history.model:add(step.row, step.object, "server", values)
  return lines("%s:insert %s", about.variable, record(step.object, values))
end

local function of_server(history, step)
  local row = history.model.rows[step.row]
  return row and row.owner == "server" and row.values and KEYED[row.object] and row or nil
end

function steps.server_update(history, step)
  local row = of_server(history, step)
  if not row then return nil end
  history.model:edit(row, "server", changed(row, step.value))
  return lines("%s:update(%q, { Text = %q })", model.OBJECTS[row.object].variable, row.name, step.value)
end

function steps.server_delete(history, step)
  local row = of_server(history, step)
  if not row then return nil end
  history.model:edit(row, "server", nil)
  return lines("%s:delete(%q)", model.OBJECTS[row.object].variable, row.name)
end

-- ---- the process ----

function steps.restart(history, step)
  return lines("%s:restart()", step.app), checks.of_device(history, step.app, "API-09")
end

function steps.kill(history, step)
  return { step.app .. ":activate()", step.app .. ":kill()", step.app .. ":revive()" },
    checks.of_device(history, step.app, "LOC-02")
end

-- ---- syncs ----

local function options_text(step)
  local own = {}
  for _, name in ipairs { "syncType", "uploadBatchSize", "downloadBatchSize" } do
    if step[name] ~= nil then own[#own + 1] = name .. " = " .. text_of(step[name]) end
  end
  own = #own > 0 and "{ " .. table.concat(own, ", ") .. " }" or nil
  if step.level ~= "application" then return own or "" end
  local parts = {}
  if step.syncMode then parts[1] = "syncMode = " .. text_of(step.syncMode) end
  if own then parts[#parts + 1] = ("objectServicesOptions = { Organization = %s, Sales = %s }"):format(own, own) end
  return #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or ""
end

local function call_text(step, verb)
  local scope = step.app
  if step.level == "service" then scope = ("%s:service(%q)"):format(step.app, step.target) end
  if step.level == "object" then scope = ("%s:object(%q)"):format(step.app, step.target) end
  local options = options_text(step)
  return ("%s:%s%s"):format(scope, verb, options == "" and "()" or " " .. options)
end

local function covers_of(step)
  return function(object)
    if step.level == "object" then return object == step.target end
    return step.level == "application" or model.OBJECTS[object].service == step.target
  end
end

local function rule_text(step, about)
  local which = about.nth and ":nth(" .. about.nth .. ")" or ":once()"
  return ("%s:on_%s()%s:optional()%s"):format(model.SERVICES[about.service], about.kind, which, about.action or "")
end

local function faulty_sync(step)
  return { "local fault = " .. rule_text(step, step.fault), call_text(step, "sync"), "fault:lift()" }
end

local function killed_sync(step)
  local app = step.app
  return {
    "local request = " .. rule_text(step, step.kill), ("%s:kill_at(request:%s())"):format(app, step.kill.point),
    call_text(step, "sync"), "request:lift()", ("if not %s:alive() then %s:revive() end"):format(app, app),
  }
end

-- A sync that waits at a request while the user goes on. `edited` gets the names of the rows.
local function edited_sync(history, step, edited)
  history.pauses = history.pauses + 1
  local gate = "pause " .. history.pauses
  local made = {
    ("local request = %s:hold(%q)"):format(rule_text(step, step.pause), gate),
    "local running = " .. call_text(step, "start"),
    ("t.wait(function() return t.gate(%q):held() > 0 or running:ended() end, \"the request or the end\")"):format(gate),
  }
  for _, edit in ipairs(step.edits) do
    local more = steps[edit.kind](history, edit)
    if more then
      edited[edit.row] = true
      table.move(more, 1, #more, #made + 1, made)
    end
  end
  made[#made + 1] = ("t.gate(%q):open()"):format(gate)
  made[#made + 1] = 't.expect(running:wait(), "API-07"):succeeds()'
  made[#made + 1] = "request:lift()"
  return made
end

function steps.sync(history, step)
  -- The back end that worked on an upload does not say later that it did not: the edits would go up anew (UPC-09).
  if step.fault and step.fault.refusal and history.model:has_doubts() then return nil end
  local covers, edited, made = covers_of(step), {}, nil
  if step.fault then made = faulty_sync(step)
  elseif step.kill then made = killed_sync(step)
  elseif step.pause then made = edited_sync(history, step, edited)
  else made = lines('t.expect(%s, "API-07"):succeeds()', call_text(step, "sync")) end
  if step.fault or step.kill then
    history.model:doubt(step.app, covers)
    return made, checks.of_device(history, step.app, step.kill and "LOC-02" or "UPL-12")
  end
  if step.syncType ~= "downloadOnly" then history.model:settle(step.app, covers, edited) end
  return made, checks.of_sync(history, step, covers)
end

return steps
