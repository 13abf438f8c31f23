-- What the application's callbacks get: a map of services for each way they ended (CBK-01 to CBK-03).
local company = require "lib.company"

---Keys of a map, sorted; of an absent map none.
local function names(map)
  local list = {}
  for name in pairs(map or {}) do list[#list + 1] = name end
  table.sort(list)
  return list
end

scenario "the success of an application has a successResponse with an entry for every service" {
  covers = { "CBK-01" },
  run = function(t)
    local _, employees = company.organization(t)
    company.sales(t)
    employees:insert { Name = "Ada" }
    local app = t:app():setup()
    local result = app:sync()
    t.expect(result):succeeds()
    t.expect(type(result.payload.successResponse)):equals("table")
    t.expect(names(result.payload.successResponse)):equals { "Organization", "Sales" }
    t.expect(type(result.payload.successResponse.Sales)):equals("table")
  end,
}

scenario "a service with nothing to send and nothing to fetch has its entry in successResponse too, in either mode" {
  covers = { "CBK-01" },
  needs = { "localCrud" },
  run = function(t)
    company.organization(t)
    company.sales(t)
    local app = t:app():setup()
    app:create("Note", { Id = "n1", Text = "one" })
    for _, mode in ipairs { "parallel", "sequential" } do
      local result = app:sync {
        syncMode = mode,
        objectServicesOptions = { Organization = { syncType = "uploadOnly" }, Sales = { syncType = "uploadOnly" } },
      }
      t.expect(result):succeeds()
      t.expect(names(result.payload.successResponse)):equals { "Organization", "Sales" }
    end
  end,
}

---One service fails beside two good ones. Returns the result of the sync.
local function one_of_three_fails(t)
  local organization = company.organization(t)
  company.sales(t)
  t.server:service("Stock"):object("Item", company.department_model)
  organization:on_download():once():opstatus(20007, "the back end is down")
  local app = t:app():setup()
  local result = app:sync { syncMode = "parallel" }
  t.expect(result):fails()
  return result
end

---Both services fail.
local function all_fail(t)
  local organization = company.organization(t)
  local sales = company.sales(t)
  organization:on_download():once():status(500)
  sales:on_download():once():opstatus(20007, "the back end is down")
  local app = t:app():setup()
  local result = app:sync { syncMode = "parallel" }
  t.expect(result):fails()
  return result
end

---js: at the top, as the page says; web was seen to hold the maps in userInfo.
local function expect_js_maps(t, result, succeeded, failed)
  if result.payload.applicationSyncFailureResponse then
    t.note("the port uses the key applicationSyncFailureResponse of another public page; the API page names failureResponse")
  end
  local function holds(place)
    return place ~= nil and table.concat(names(place.failureResponse), " ") == failed
      and table.concat(names(place.successResponse), " ") == succeeded
  end
  local accepted = { top = function(payload) return holds(payload) end }
  if t.profile.channel == "web" then
    accepted.userInfo = function(payload) return payload.failureResponse == nil and holds(payload.userInfo) end
  end
  t.expect(result.payload):one_of(accepted)
end

local function expect_user_info_maps(t, result, succeeded, failed)
  local info = result.payload.userInfo
  t.expect(type(info)):equals("table")
  t.expect(names(info.successResponse)):equals(succeeded)
  t.expect(names(info.failureResponse)):equals(failed)
end

scenario "in JavaScript a failure names every service once, in successResponse or in failureResponse" {
  covers = { "CBK-02" },
  api = { "js" },
  run = function(t) expect_js_maps(t, one_of_three_fails(t), "Sales Stock", "Organization") end,
}

scenario "in JavaScript a failure of every service names them all in failureResponse" {
  covers = { "CBK-02" },
  api = { "js" },
  run = function(t) expect_js_maps(t, all_fail(t), "", "Organization Sales") end,
}

scenario "in Java and Objective-C userInfo of a failure names every service once" {
  covers = { "CBK-03" },
  api = { "java", "objc" },
  run = function(t) expect_user_info_maps(t, one_of_three_fails(t), { "Sales", "Stock" }, { "Organization" }) end,
}

scenario "in Java and Objective-C userInfo of a failure of every service names them all in failureResponse" {
  covers = { "CBK-03" },
  api = { "java", "objc" },
  run = function(t) expect_user_info_maps(t, all_fail(t), {}, { "Organization", "Sales" }) end,
}
