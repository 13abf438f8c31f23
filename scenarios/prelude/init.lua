-- The client side of the scenario language, and the rules that are always on.
--
-- The runner loads this file into each world's Lua state, after the mock put `server` there and the
-- runner its own table `runner`. It defines three globals: `scenario`, which a scenario file calls, `__run`, which
-- the runner calls with one definition, and `__judge`, which it calls when a check ended that run. Nothing here talks to the testee while files
-- are merely loaded: listing scenarios needs no testee.

local place = require "prelude.place"

runner.scenarios = runner.scenarios or {}

---Declare one scenario. See scenarios/stubs/foundrycheck.lua.
function scenario(title)
  local file, line = place.split(place.of_author())
  return function(definition)
    -- Level 2: the sentence names the author's line.
    if type(definition) ~= "table" then error("a scenario's definition is a table", 2) end
    if type(definition.run) ~= "function" then error("scenario \"" .. tostring(title) .. "\" has no function `run`", 2) end
    definition.title, definition.file, definition.line = title, file, line
    runner.scenarios[#runner.scenarios + 1] = definition
  end
end

---Run one definition: the author's function, the drain, the rules. Raises what the function raised.
function __run(definition)
  return require("prelude.course").run(definition)
end

---Judge the always-on rules by what was seen of a run that did not come to its end (R-3).
function __judge()
  return require("prelude.course").judge_what_was_seen()
end
