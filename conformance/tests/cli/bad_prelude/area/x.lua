scenario "x" { covers = { "UPC-02" }, run = function() end }
