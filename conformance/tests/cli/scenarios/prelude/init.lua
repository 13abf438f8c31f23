-- As little of a prelude as the runner needs: its own tests must not depend on the language of scenarios.
runner.scenarios = {}
function scenario(title)
  return function(definition)
    definition.title = title
    runner.scenarios[#runner.scenarios + 1] = definition
  end
end
function __run(definition) definition.run(runner) end
function __judge()
  if judge then judge(runner) end
end
