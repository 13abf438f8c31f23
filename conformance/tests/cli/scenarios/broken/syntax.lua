scenario "never closed" {
