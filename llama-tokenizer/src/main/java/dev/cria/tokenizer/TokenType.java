package dev.cria.tokenizer;

import java.util.Arrays;
import java.util.Optional;

/** What a token stands for, by SentencePiece's kinds. */
public enum TokenType {
    /** Text. */
    NORMAL(1),
    /** The token for what cannot be expressed. */
    UNKNOWN(2),
    /** A mark without text, such as BOS and EOS; never produced from text unless asked for. */
    CONTROL(3),
    /** Text that is always one token and never merged with its neighbours. */
    USER_DEFINED(4),
    /** A piece that is not to be used; text that would become it is split again. */
    UNUSED(5),
    /** One byte of UTF-8, for characters that have no piece. */
    BYTE(6);

    private final int number;

    TokenType(int number) {
        this.number = number;
    }

    /** {@return the number of the kind in SentencePiece models and GGUF files} */
    public int number() {
        return number;
    }

    /**
     * {@return the kind with a number, if there is one}
     *
     * @param number number in a SentencePiece model or GGUF file
     */
    public static Optional<TokenType> ofNumber(int number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findFirst();
    }
}
