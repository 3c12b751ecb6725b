package dev.cria.tiny.recipe;

/** Something that the model learns to do. */
@FunctionalInterface
interface Task {
    /** {@return a question and its answer, of the kind that the draw is for} */
    Exchange draw(Draw draw);
}
