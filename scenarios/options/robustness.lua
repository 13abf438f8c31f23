-- Options of any size, depth or bytes: one end, no harm, and the next sync works (OPT-20).
local company = require "lib.company"
local options = require "lib.options"

---Runs a sync that may end in any way; afterwards the rows are as before and a plain sync works.
local function expect_no_harm(t, given, how)
  local _, employees = company.organization(t)
  employees:insert { Name = "Ada" }
  local app = t:app():setup()
  t.expect(app:sync()):succeeds()
  app:create("Employee", { Name = "Grace" })

  local result = app:sync(given, how)
  t.expect(result.ends):equals(1)
  t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }

  t.expect(app:sync()):succeeds()
  t.expect(app:rows("Employee")):equals { { Name = "Ada" }, { Name = "Grace" } }
  t.expect(employees:rows()):equals { { Name = "Ada" }, { Name = "Grace" } }
end

local function nested(depth)
  local value = {}
  for _ = 1, depth do value = { deeper = value } end
  return value
end

local function wide(count)
  local value = {}
  for i = 1, count do value["key " .. i] = "value " .. i end
  return value
end

local structured = {
  { name = "two hundred levels deep", make = function() return options.organization(nested(200)) end },
  { name = "with ten thousand keys", make = function() return options.organization(wide(10000)) end },
  { name = "with a filter of 256 KiB", make = function()
    return options.organization { syncType = "uploadOnly", filter = { Employee = ("Name eq 'x' or "):rep(17000) .. "EmpId eq 1" } }
  end },
  { name = "with control characters in names and values", make = function()
    return options.organization { ["\1\2\t\n"] = "\127\8\12", syncType = "uploadOnly\0" }
  end },
}

for _, case in ipairs(structured) do
  scenario("options " .. case.name .. " do no harm") {
    covers = { "OPT-20" },
    needs = { "localCrud" },
    run = function(t) expect_no_harm(t, case.make()) end,
  }
end

local raw = {
  { name = "that are no JSON", text = "{syncMode: parallel" },
  { name = "that are empty text", text = "" },
  { name = "with rubbish behind them", text = "{} {}" },
  { name = "of a hundred thousand open brackets", text = ("["):rep(100000) },
  { name = "with a value fifty thousand levels deep", text = '{"x":' .. ("["):rep(50000) .. ("]"):rep(50000) .. "}" },
  { name = "with a number of ten thousand digits", text = '{"objectServicesOptions":{"Organization":{"uploadBatchSize":' .. ("9"):rep(10000) .. "}}}" },
  { name = "with half a surrogate pair", text = '{"syncMode":"\\ud800","objectServicesOptions":{"Organization":{"syncType":"\\udc00"}}}' },
  { name = "with an escaped NUL in a name", text = '{"objectServicesOptions":{"Organization\\u0000":{}}}' },
  { name = "with a key that comes twice", text = '{"syncMode":"parallel","syncMode":"sequential","syncMode":7}' },
  { name = "with a text of 1 MiB", text = '{"syncMode":"' .. ("a"):rep(1048576) .. '"}' },
}

for _, case in ipairs(raw) do
  scenario("raw options " .. case.name .. " do no harm") {
    covers = { "OPT-20" },
    needs = { "localCrud", "rawOptions" },
    run = function(t) expect_no_harm(t, nil, { raw = case.text }) end,
  }
end
