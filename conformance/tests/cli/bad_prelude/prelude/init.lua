error("the prelude fell over")
