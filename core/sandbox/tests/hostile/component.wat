;; a component => refused: component model
(component)
