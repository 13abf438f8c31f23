-- A small test program for the prelude: a table of cases, each run with a fresh world of fakes.
--
-- Usage: lua5.4 suite.lua SCENARIOS_FOLDER TEST_FILE
-- A test file returns { ["what must hold"] = function(case) … end, … }. Exit code 1 when any fails.
local folder, file = arg[1], arg[2]

local fakes = assert(loadfile(folder .. "/prelude/tests/fakes.lua"))()

-- Fresh modules for each case: nothing is left over from the one before.
local function fresh_modules()
  local loaded = {}
  function require(name)
    if loaded[name] == nil then
      loaded[name] = name == "foundry" and fakes.foundry()
        or assert(loadfile(folder .. "/" .. name:gsub("%.", "/") .. ".lua"))() or true
    end
    return loaded[name]
  end
end

local case = {}

function case.equal(actual, expected, what)
  if actual ~= expected then
    error(("%s: expected %s, got %s"):format(what or "value", tostring(expected), tostring(actual)), 2)
  end
end

function case.ok(value, what) if not value then error(what or "it does not hold", 2) end end

---Runs `action` and gives the checks that it recorded.
function case.checks(action)
  runner.checked = {}
  action()
  return runner.checked
end

---`action` records one check, and its verdict is `wanted`.
function case.verdict(wanted, action, what)
  local checks = case.checks(action)
  case.equal(#checks, 1, (what or "checks") .. ", how many")
  case.equal(checks[1].ok, wanted, what or checks[1].message)
  return checks[1]
end

local function run_all(tests)
  local names, failed = {}, 0
  for name in pairs(tests) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    fresh_modules()
    runner, server = fakes.runner(), fakes.server()
    local ok, problem = xpcall(tests[name], debug.traceback, case)
    if not ok then
      failed = failed + 1
      io.stderr:write("FAILED ", name, "\n  ", problem, "\n")
    end
  end
  print(("%d tests, %d failed"):format(#names, failed))
  return failed == 0 and #names > 0
end

fresh_modules()
os.exit(run_all(assert(loadfile(file))()) and 0 or 1)
