package dev.cria.tiny.recipe;

/**
 * A question and the answer to it.
 *
 * @param question what the user says
 * @param answer what the model should say
 * @param word the answer in one word, or nothing where it has none
 */
record Exchange(String question, String answer, String word) {
    Exchange(String question, String answer) {
        this(question, answer, "");
    }
}
