"""The page that steps through backprop: one HTML file for any graph.

    pages.py       `backprop`, and the page that it returns
    content.py     Values → what the page's program computes with, as JSON
    layout.py      graph → SVG whose numbers and outlines the page's program changes
    formulas.py    an entry of the derivative table → its formulas as text
    javascript.py  entries of the derivative table → JavaScript, with functions.js
    document.py    all of these, and the files below, → one HTML file
    page.html, page.css
    graph.js       forward and backward, contributions, paths, a nudge, a step of descent
    steps.js       the sequence of steps, and what is said of each
    quiz.js        numbers in any notation; which factor of an answer is wrong
    state.js       what a link can hold, in the address's fragment
    view.js        the picture: numbers, highlights, zoom
    panel.js       everything beside the picture
    main.js        puts them together
"""
