package dev.cria.junit;

/** Assertions of an answer of which only the text is known. */
public final class TextAnswerAssert extends AbstractAnswerAssert<TextAnswerAssert, String> {
    TextAnswerAssert(String actual) {
        super(actual, TextAnswerAssert.class);
    }

    @Override
    String answer() {
        isNotNull();
        return actual;
    }

    @Override
    String circumstances() {
        return ExchangeText.ofAnswer(actual);
    }
}
