// Package browsertest is somebody at a browser, for tests: Debian's Chromium, driven by keys and clicks, and the checks that hold for every
// page. The program itself does not use it. Each package with pages has journeys of its own, which embed a Tab and add what only they do.
//
// # Main path
//
//	New              a tab with a fresh profile and a window of one size, with scripts or without
//	Tab.Open         go to a page (tab.go)
//	Tab.Click, Write by mouse and keyboard; Press, Enter, TabTo by keyboard alone (keys.go)
//	Tab.See, Until   wait for what has to come; Text, Eval, MarkInView read what is there
//	Tab.Shot         a picture, and nothing sticks out sideways (shot.go)
//	Tab.Axe          no violation of WCAG (axe.go)
//	Close            in TestMain, behind the tests
//
// # Terms
//
// The page is what the tab shows now. A selector is one of CSS; the first element that it selects is meant. An expression is one of
// JavaScript, evaluated in the page by the browser's protocol: also where the page's scripts are switched off or its policy forbids them.
//
// # Limits
//
// Whatever does not come within Patience ends the test, with what the page shows. A complaint on the console fails the test when it ends.
// There is one Chromium for a test binary, which tests start when they need it; without it they fail. A Tab serves one goroutine.
package browsertest
