"""The page that steps through backprop: one HTML file for any graph.

In Python:

    pages.py        `backprop`, and the page that it returns
    content.py      Values → what the page's program computes with, as JSON
    names.py        graph → what nodes are called in equations: h1, h1.w0, ŷ
    scene.py        graph → boxes and edges, and which Values each stands for
    layout.py       scene → SVG whose numbers and outlines the page's program changes
    formulas.py     an entry of the derivative table → its formulas as text
    javascript.py   entries of the derivative table → JavaScript, by expressions.py and functions.js
    document.py     all of these, and the files below, → one HTML file

In the page:

    page.html, page.css
    dom.js          elements, whose texts are only ever texts
    numbers.js      numbers as pictures write them, and as readers type them
    graph.js        forward and backward, contributions, paths, a nudge, a step of descent
    steps.js        the sequence of steps, and the words for each
    explain.js      why a local gradient is what it is, in symbols and in numbers
    quiz.js         whether an answer is right, and which of its factors is wrong
    state.js        what a link can hold, in the address's fragment
    view.js         the picture: numbers, highlights, zoom
    card.js         what the cards beside the picture have in common
    stepcard.js     the step's equations
    quizcard.js     the quiz's questions
    nodecard.js     the selected node: an editor, a nudge, its origin, its paths
    descentcard.js  one step of gradient descent
    main.js         one state, and from it all that is seen
"""
