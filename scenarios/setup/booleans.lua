-- treatBooleanFieldValuesAsNumeric: how booleans travel (SET-05).
local company = require "lib.company"

for _, case in ipairs {
  { title = "absent", options = nil, yes = { 1, "1" }, no = { 0, "0" } },
  { title = "true", options = { treatBooleanFieldValuesAsNumeric = true }, yes = { 1, "1" }, no = { 0, "0" } },
  { title = "false", options = { treatBooleanFieldValuesAsNumeric = false }, yes = { true, "true" }, no = { false, "false" } },
} do
  local function is_one_of(list)
    return function(value)
      for _, wanted in ipairs(list) do
        if value == wanted or math.type(value) and value == wanted then return true end
      end
      return false
    end
  end

  scenario("with treatBooleanFieldValuesAsNumeric " .. case.title .. " booleans are uploaded in that form") {
    covers = { "SET-05" },
    needs = { "localCrud" },
    run = function(t)
      local organization, employees = company.organization(t)
      local app = t:app():setup(case.options)
      app:create("Employee", { Name = "Ada", Active = true })
      app:create("Employee", { Name = "Grace", Active = false })
      t.expect(app:sync()):succeeds()
      local records = company.records_of(organization:uploads())
      t.expect(t.expect(records):at(1).Active):satisfies(is_one_of(case.yes), "true travels as " .. tostring(case.yes[1]))
      t.expect(t.expect(records):at(2).Active):satisfies(is_one_of(case.no), "false travels as " .. tostring(case.no[1]))
      t.expect(employees:rows()):equals { { Name = "Ada", Active = true }, { Name = "Grace", Active = false } }
      t.expect(app:rows("Employee")):equals { { Name = "Ada", Active = true }, { Name = "Grace", Active = false } }
    end,
  }
end

scenario "true, false, 1, 0 and their texts are read as booleans, whatever the setup said" {
  covers = { "SET-05" },
  run = function(t)
    local organization, employees = company.organization(t)
    company.hire(employees, 6)
    local forms, next_form = { true, 1, "true", "1", false, 0 }, 0
    organization:on_download():once():edit(function(answer)
      for _, record in ipairs(answer.Objects[1].records) do
        next_form = next_form + 1
        record.Active = forms[next_form]
      end
    end)
    local app = t:app():setup()
    t.expect(app:sync()):succeeds()
    local expected = {}
    for i = 1, 6 do expected[i] = { Name = "Employee " .. i, Active = i <= 4 } end
    t.expect(app:rows("Employee")):equals(expected)
  end,
}
