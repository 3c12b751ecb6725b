package dev.cria.grammar;

import dev.cria.grammar.error.RefusedTokenException;
import dev.cria.grammar.mask.GrammarTokens;
import dev.cria.grammar.syntax.Parse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A grammar bound to a vocabulary, and how far one text has come: which tokens may follow, and what follows once one
 * was taken. Tokens are bytes here, so one that straddles parts of the grammar, holds half a character or begins with a
 * space is allowed exactly if the text with it can still become one that matches. Tokens that end a text are allowed
 * exactly where the text matches.
 *
 * <p>It never lets anything pass: a token that is not allowed is an exception, and so is a place where none is.
 * {@link #fork()} is cheap. Not thread-safe; forks are independent of each other.
 */
public final class Constraint {
    /** Text that can only go on in one way is given out in pieces of at most so many bytes. */
    private static final int MOST_FORCED = 4096;

    private final TokenTable table;
    private final GrammarTokens grammar;
    /** The ways after each token accepted, the first one before all of them. */
    private final List<Parse> parses;
    private final List<Integer> tokens;
    private boolean ended;

    Constraint(TokenTable table, GrammarTokens grammar) {
        this(table, grammar, List.of(grammar.begin()), List.of(), false);
    }

    private Constraint(TokenTable table, GrammarTokens grammar, List<Parse> parses, List<Integer> tokens,
            boolean ended) {
        this.table = table;
        this.grammar = grammar;
        this.parses = new ArrayList<>(parses);
        this.tokens = new ArrayList<>(tokens);
        this.ended = ended;
    }

    /**
     * Says which tokens may come next.
     *
     * @param mask filled with them; what it held before is gone
     * @throws RefusedTokenException if there is none, because the vocabulary cannot write what must follow
     * @throws IllegalStateException if the text was ended
     * @throws IllegalArgumentException if the mask is for a vocabulary of another size
     */
    public void mask(Mask mask) {
        if (mask.size() != table.size()) {
            throw new IllegalArgumentException("expected a mask of " + table.size() + " tokens, found one of "
                    + mask.size());
        }
        requireNotEnded();
        mask.clear();
        Parse parse = parses.getLast();
        grammar.mark(parse, mask.words());
        if (parse.isComplete()) {
            table.markEnds(mask);
        } else if (Arrays.stream(mask.words()).allMatch(word -> word == 0)) {
            throw refused("no token of the vocabulary can follow");
        }
    }

    /**
     * Takes a token.
     *
     * @param token a token's id
     * @throws RefusedTokenException if it is not allowed here; nothing has changed then
     * @throws IllegalStateException if the text was ended
     */
    public void accept(int token) {
        requireNotEnded();
        if (token < 0 || token >= table.size()) {
            throw refused("the vocabulary has no token " + token);
        }
        Parse parse = parses.getLast();
        if (table.isEnd(token)) {
            if (!parse.isComplete()) {
                throw refused("the text must not end here");
            }
            ended = true;
        } else {
            byte[] bytes = table.bytes(token);
            if (bytes.length == 0) {
                throw refused("token " + token + " is no text");
            }
            parse = after(parse, bytes);
            if (parse.isAtEnd() && !parse.isComplete()) {
                throw refused("token " + token + ", '" + new String(bytes, StandardCharsets.UTF_8)
                        + "', cannot follow");
            }
        }
        parses.add(parse);
        tokens.add(token);
    }

    private static Parse after(Parse parse, byte[] bytes) {
        Parse next = parse;
        for (byte value : bytes) {
            next = next.after(value & 0xFF);
        }
        return next;
    }

    private void requireNotEnded() {
        if (ended) {
            throw new IllegalStateException("the text was ended by a token that ends texts");
        }
    }

    private RefusedTokenException refused(String problem) {
        String text = text();
        StringBuilder expected = new StringBuilder();
        int allowed = 0;
        for (int value = 0; value < 256; value++) {
            if (parses.getLast().allows(value) && ++allowed <= 16) {
                expected.append(value > ' ' && value < 127 ? " " + (char) value : " 0x%02X".formatted(value));
            }
        }
        expected.append(allowed > 16 ? " and " + (allowed - 16) + " others" : "");
        if (parses.getLast().isComplete()) {
            expected.append(allowed > 0 ? ", or" : "").append(" the end");
        }
        return new RefusedTokenException(
                "grammar, after " + tokens.size() + " tokens: " + problem + "; expected as next byte:" + expected
                        + "; the text so far ends with: " + text.substring(Math.max(text.length() - 80, 0)),
                tokens.size(), text);
    }

    /** {@return whether the text so far matches the grammar, so that it may end} */
    public boolean isComplete() {
        return parses.getLast().isComplete();
    }

    /** {@return whether a token that ends texts was accepted} */
    public boolean isEnded() {
        return ended;
    }

    /** {@return the number of tokens accepted} */
    public int length() {
        return tokens.size();
    }

    /** {@return the text of the tokens accepted; bytes that are not part of a character are U+FFFD} */
    public String text() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tokens.forEach(token -> bytes.writeBytes(table.bytes(token)));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /**
     * {@return the text that must follow, since the grammar allows nothing else; empty if there is a choice, or it
     * may end} It need not be asked of a model. Whole characters, at most 4096 bytes.
     */
    public String forcedText() {
        ByteArrayOutputStream forced = new ByteArrayOutputStream();
        Parse parse = parses.getLast();
        while (!parse.isComplete() && forced.size() < MOST_FORCED) {
            int only = -1;
            int allowed = 0;
            for (int value = 0; value < 256 && allowed < 2; value++) {
                if (parse.allows(value)) {
                    allowed++;
                    only = value;
                }
            }
            if (allowed != 1) {
                break;
            }
            forced.write(only);
            parse = parse.after(only);
        }
        byte[] bytes = forced.toByteArray();
        return new String(bytes, 0, wholeCharacters(bytes), StandardCharsets.UTF_8);
    }

    /** The length without the beginning of a character at the end. */
    private static int wholeCharacters(byte[] bytes) {
        int start = bytes.length;
        while (start > 0 && (bytes[start - 1] & 0xC0) == 0x80) {
            start--;
        }
        if (start == 0) {
            return 0;
        }
        int lead = bytes[start - 1] & 0xFF;
        int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        return bytes.length - (start - 1) >= length ? bytes.length : start - 1;
    }

    /** {@return another constraint that has accepted the same tokens, and goes on by itself} */
    public Constraint fork() {
        return new Constraint(table, grammar, parses, tokens, ended);
    }

    /**
     * Takes the last tokens back.
     *
     * @param count how many of those accepted
     * @throws IllegalArgumentException if there are not so many
     */
    public void rollback(int count) {
        if (count < 0 || count > tokens.size()) {
            throw new IllegalArgumentException(
                    "expected 0 to " + tokens.size() + " tokens to take back, found " + count);
        }
        ended &= count == 0;
        parses.subList(parses.size() - count, parses.size()).clear();
        tokens.subList(tokens.size() - count, tokens.size()).clear();
    }
}
