-- One call of the testee protocol. Errors of the adapter end the scenario inside the runner, never as a
-- failure of the port; what comes back here is a result, "no form in this API", or the end by a kill.
local testee = {}

local NO_FORM = -32010

testee.KILLED = {}        -- what call() gives when the testee was killed meanwhile
testee.cases = 0          -- how many t.case() are open: they leave a value without a form out
testee.no_form = nil      -- the reason of the last one

---@return any result
function testee.call(method, params)
  local answer, problem = runner.call(method, params or {})
  if not problem then return answer end
  if problem.code ~= NO_FORM then return testee.KILLED end
  if testee.cases == 0 then runner.skip(problem.message) end
  testee.no_form = problem.message
  error("no form in this API: " .. tostring(problem.message), 0)
end

return testee
