-- A runner, a server and the module `foundry` that only remember and answer from tables.
local fakes = {}

local null = setmetatable({}, { __tostring = function() return "null" end })

function fakes.foundry()
  return {
    null = null,
    array = function(list) return list end,
    decode = function(text)
      if text == '{"uploadBatchSize":2}' then return { uploadBatchSize = 2 } end
      error("no JSON")
    end,
  }
end

-- What the testee answers, by method; a test replaces what it needs.
local function default_answers()
  local function success(payload) return function() return { outcome = "success", payload = payload or {} } end end
  return {
    open = function() return {} end, close = function() return {} end,
    setup = success(), incrementalSetup = success(), update = success(), delete = success(), rollback = success(),
    clearOfflineData = success(), markForUpload = success(),
    create = function(params) return { outcome = "success", payload = params.record } end,
    get = success(), getPendingRecordsForUpload = success { pendingSyncRecords = {} },
    snapshot = function() return { objects = {} } end,
    startSync = function() return { started = true } end, cancelSync = function() return { called = true } end,
    setClaimsToken = function() return {} end, setNetwork = function() return {} end,
  }
end

function fakes.runner()
  local fake = {
    scenarios = {}, hello = { capabilities = { "progress", "identity" }, limits = { minNetworkTimeoutMs = 2000 } },
    profile = { api = "js", channel = "android" },
    calls = {}, checked = {}, observed = {}, notes = {}, outcomes = {}, list = {}, clock = 0, dead = false,
    answers = default_answers(), pcall = pcall,
  }
  function fake.call(method, params)
    fake.calls[#fake.calls + 1] = { method = method, params = params }
    return fake.answers[method](params)
  end
  function fake.now()
    fake.clock = fake.clock + 1
    return fake.clock
  end
  ---A callback arrives.
  function fake.arrive(callback)
    callback.seq, callback.at = #fake.list + 1, callback.at or fake.now()
    fake.list[#fake.list + 1] = callback
  end
  function fake.callbacks() return fake.list end
  function fake.wait(condition, what) if not condition() then error("waits for ever for " .. what, 0) end end
  function fake.kill() fake.dead = true end
  function fake.revive() fake.dead = false end
  function fake.alive() return not fake.dead end
  function fake.storage(name) return "/storage/" .. name end
  function fake.base_url() return "http://mock/w/1" end
  function fake.document() return { services_meta = {} } end
  function fake.lift_all() fake.lifted = true end
  function fake.check(check) fake.checked[#fake.checked + 1] = check end
  function fake.observe(rule) fake.observed[rule.id] = rule end
  function fake.outcome(id, name) fake.outcomes[id] = name end
  function fake.note(line) fake.notes[#fake.notes + 1] = line end
  function fake.skip(reason) error("skipped: " .. reason, 0) end
  function fake.harness_error(text) error("harness: " .. text, 0) end
  ---Methods called so far, as one text.
  function fake.methods()
    local names = {}
    for i, call in ipairs(fake.calls) do names[i] = call.method end
    return table.concat(names, " ")
  end
  return fake
end

-- The metadata of a service with an Employee (generated key), a Note (given key) and a Child of Note.
local METADATA = {
  namespaces = { { name = "", objects = {
    { name = "Employee", key = { "EmpId" }, fields = {
      { name = "EmpId", datatype = "number", auto_generated = true }, { name = "Name", datatype = "string" },
      { name = "Active", datatype = "boolean" }, { name = "BossId", datatype = "number" },
    }, relationships = { { name = "Staff", type = "OneToMany", target_object = "Employee",
      source_fields = { "EmpId" }, target_fields = { "BossId" } } } },
    { name = "Note", key = { "Id" }, fields = { { name = "Id", datatype = "string" }, { name = "Text", datatype = "string" } },
      relationships = { { name = "Children", target_object = "Child", cascade = true } } },
    { name = "Child", key = { "Id" }, fields = { { name = "Id", datatype = "string" } } },
  } } },
}

function fakes.server()
  local fake = { journal = {}, objects = {}, clock = { advance = function() end } }
  function fake:requests() return self.journal end
  function fake:gate(name) return { name = name } end
  function fake:hang_as(status) self.hangs_as = status end
  function fake:sync_ended() self.ends = (self.ends or 0) + 1 end
  ---A request arrives; `seq` counts on the runner's scale.
  function fake:add(request)
    request.seq = request.seq or runner.now()
    request.service = request.service or "Organization"
    request.records = request.records or {}
    request.body = request.body or { records = request.records }
    request.headers = request.headers or { ["x-voltmx-authorization"] = "conformance-token" }
    self.journal[#self.journal + 1] = request
    return request
  end
  function fake:add_metadata() return self:add { kind = "metadata", answer = METADATA } end
  ---An upload that the back end worked on; `given` maps temporary to generated keys.
  function fake:add_upload(records, given)
    local answered = {}
    for i, record in ipairs(records) do
      record._metadata = record._metadata or { object = "Employee", action = "create", rowId = i }
      answered[i] = { EmpId = given and given[record.EmpId] or record.EmpId, _EmpId = record.EmpId }
    end
    return self:add {
      kind = "upload", executed = true, replayed = false, records = records,
      answer = { opstatus = 0, objects = { { name = records[1]._metadata.object, records = answered } } },
    }
  end
  function fake:find_object(name)
    local rows = self.objects[name]
    return rows and { rows = function() return rows end }
  end
  return fake
end

fakes.METADATA = METADATA
return fakes
