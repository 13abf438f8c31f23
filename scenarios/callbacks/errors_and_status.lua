-- What an error tells (CBK-04, CBK-08, CBK-09) and what a success of a service tells (CBK-10).
local company = require "lib.company"

local function broken_organization(t)
  local organization, employees = company.organization(t)
  employees:insert { Name = "Ada" }
  organization:on_download():opstatus(20007, "the back end is down")
  return t:app():setup()
end

---Code, message and domain where the API keeps them: objc has the message as the description in userInfo.
local function expect_error(t, result)
  local error = result.payload
  t.expect(math.type(tonumber(error.code))):equals("integer")
  t.expect(type(error.domain)):equals("string")
  local message = error.message
  if t.profile.api == "objc" then message = result:user_info().localizedDescription end
  t.expect(type(message) == "string" and #message > 0):is_true("the error has a message")
end

scenario "the error of an application sync has a numeric code, a message and a domain" {
  covers = { "CBK-04" },
  run = function(t)
    local result = broken_organization(t):sync()
    t.expect(result):fails()
    expect_error(t, result)
  end,
}

scenario "the error of a service sync has a numeric code, a message and a domain" {
  covers = { "CBK-04" },
  needs = { "serviceLevel" },
  run = function(t)
    local result = broken_organization(t):service("Organization"):sync()
    t.expect(result):fails_with("server")
    expect_error(t, result)
  end,
}

scenario "the error of an object sync has a numeric code, a message and a domain" {
  covers = { "CBK-04" },
  needs = { "objectLevel" },
  run = function(t)
    local result = broken_organization(t):object("Employee"):sync()
    t.expect(result):fails_with("server")
    expect_error(t, result)
  end,
}

scenario "an error that came before any request has a numeric code, a message and a domain too" {
  covers = { "CBK-04" },
  run = function(t)
    company.organization(t)
    local result = t:app():sync()
    t.expect(result):refused_or_fails()
    if result.outcome == "failure" then expect_error(t, result) end
  end,
}

scenario "a failing application sync has code 2460 and the domain OfflineObjectsError" {
  covers = { "CBK-08" },
  run = function(t)
    local result = broken_organization(t):sync()
    t.expect(result):fails_with(2460)
    t.expect(result.payload.domain):equals("OfflineObjectsError")
  end,
}

scenario "a failing service sync has the domain OfflineObjectsError, in JavaScript with status -1" {
  covers = { "CBK-08" },
  needs = { "serviceLevel" },
  run = function(t)
    local result = broken_organization(t):service("Organization"):sync()
    t.expect(result):fails()
    t.expect(result.payload.domain):equals("OfflineObjectsError")
    if t.profile.api == "js" then t.expect(tonumber(result.payload.status)):equals(-1) end
  end,
}

scenario "a service's success has status 0" {
  covers = { "CBK-08" },
  run = function(t)
    company.organization(t)
    local result = t:app():setup():sync()
    t.expect(result):succeeds()
    t.expect(tonumber(result:of("Organization").payload.status)):equals(0)
  end,
}

scenario "the error of a failing service sync names the service in userInfo" {
  covers = { "CBK-09" },
  needs = { "serviceLevel" },
  run = function(t)
    local result = broken_organization(t):service("Organization"):sync()
    t.expect(result):fails()
    t.expect(result:user_info().objectServiceName):equals("Organization")
  end,
}

scenario "in an application's failure the error of each service names its service in userInfo" {
  covers = { "CBK-09" },
  run = function(t)
    local organization = company.organization(t)
    local sales = company.sales(t)
    organization:on_download():status(500)
    sales:on_download():status(500)
    local result = t:app():setup():sync()
    t.expect(result):fails()
    for _, name in ipairs { "Organization", "Sales" } do
      t.expect(result:of(name):user_info().objectServiceName):equals(name)
    end
  end,
}

scenario "every service's success in an application sync has a status code" {
  covers = { "CBK-10" },
  run = function(t)
    company.organization(t)
    company.sales(t)
    local result = t:app():setup():sync()
    t.expect(result):succeeds()
    for _, name in ipairs { "Organization", "Sales" } do
      t.expect(math.type(tonumber(result:of(name).payload.status))):equals("integer")
    end
  end,
}

scenario "a service's success beside a failing neighbour has a status code" {
  covers = { "CBK-10" },
  run = function(t)
    local organization = company.organization(t)
    company.sales(t)
    organization:on_download():once():opstatus(20007, "the back end is down")
    local result = t:app():setup():sync { syncMode = "parallel" }
    t.expect(result):fails()
    t.expect(result:of("Sales")):succeeds()
    t.expect(math.type(tonumber(result:of("Sales").payload.status))):equals("integer")
  end,
}

scenario "the success of a service sync has a status code" {
  covers = { "CBK-10" },
  needs = { "serviceLevel" },
  run = function(t)
    company.organization(t)
    local result = t:app():setup():service("Organization"):sync()
    t.expect(result):succeeds()
    t.expect(math.type(tonumber(result.payload.status))):equals("integer")
  end,
}
