-- The client side of the scenario language, and the rules that are always on.
--
-- The runner loads this file into each world's Lua state, after the mock put `server` there and the
-- runner its own table `runner`. It defines four globals: `scenario` and `property`, which a scenario file calls, `__run`, which
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

local HISTORIES = 20

-- What a property runs: the steps that the runner wants, or those that the seed makes.
local function play(generate, run)
  return function(t)
    local history = runner.history
    run(t, history.steps or generate(require("prelude.random").new(history.seed), t))
  end
end

---Declare a property: a scenario for many random histories.
function property(title)
  local declare = scenario(title)
  return function(definition)
    local complete = type(definition) == "table" and type(definition.generate) == "function"
      and type(definition.run) == "function"
    if not complete then error("property \"" .. tostring(title) .. "\" needs the functions `generate` and `run`", 2) end
    definition.run = play(definition.generate, definition.run)
    definition.generate, definition.histories = nil, definition.histories or HISTORIES
    declare(definition)
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
