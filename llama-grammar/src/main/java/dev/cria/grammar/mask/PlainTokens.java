package dev.cria.grammar.mask;

import dev.cria.grammar.regular.DfaState;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that are whole characters which a JSON string holds as they are, by their number of characters: most of a
 * vocabulary. Where a terminal takes any such character, as the content of strings does, they need not be walked one by
 * one.
 */
final class PlainTokens {
    /** Longer tokens are walked. */
    private static final int LONGEST = 32;

    /** At i: those of at most i characters. */
    private final long[][] upTo = new long[LONGEST + 1][];
    private final TokenTrie others;

    PlainTokens(List<byte[]> bytes) {
        int words = (bytes.size() + 63) / 64;
        Ints rest = new Ints();
        for (int i = 0; i <= LONGEST; i++) {
            upTo[i] = new long[words];
        }
        for (int id = 0; id < bytes.size(); id++) {
            int length = plainLength(bytes.get(id));
            if (length < 1 || length > LONGEST) {
                rest.add(id);
            } else {
                for (int i = length; i <= LONGEST; i++) {
                    upTo[i][id >> 6] |= 1L << id;
                }
            }
        }
        this.others = new TokenTrie(bytes, rest.toArray());
    }

    private static int plainLength(byte[] bytes) {
        for (byte b : bytes) {
            if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
                return -1;
            }
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.codePointCount(0, text.length());
        } catch (CharacterCodingException e) {
            return -1;
        }
    }

    /** {@return all other tokens} */
    TokenTrie others() {
        return others;
    }

    /** {@return the tokens of at most so many characters} */
    long[] upTo(int characters) {
        return upTo[characters];
    }

    /**
     * {@return how many plain characters, whichever they are, a terminal takes from a state; at most the number that
     * counts, and 0 if they lead to different states or the terminal may end among them}
     */
    int depth(DfaState state) {
        DfaState at = state;
        for (int depth = 0; depth < LONGEST; depth++) {
            DfaState next = afterAnyPlain(at);
            if (next == null) {
                // Some plain characters are taken here and some are not, or they differ: nothing to gain.
                return at.after('a').isDead() && noPlain(at) ? depth : 0;
            }
            if (next.isAccepting()) {
                return 0;
            }
            if (next == at) {
                return LONGEST;
            }
            at = next;
        }
        return LONGEST;
    }

    private static boolean noPlain(DfaState state) {
        for (int value = 0x20; value < 0x100; value++) {
            if (value != '"' && value != '\\' && !state.after(value).isDead()) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable DfaState afterAnyPlain(DfaState state) {
        DfaState next = state.after('a');
        if (next.isDead() || !leads(state, 0x20, 0x21, next) || !leads(state, 0x23, 0x5B, next)
                || !leads(state, 0x5D, 0x7F, next)) {
            return null;
        }
        DfaState one = state.after(0xC2);
        DfaState two = state.after(0xE1);
        DfaState three = state.after(0xF1);
        boolean all = leads(state, 0xC2, 0xDF, one) && leads(one, 0x80, 0xBF, next)
                && leads(state.after(0xE0), 0xA0, 0xBF, one) && leads(state, 0xE1, 0xEC, two)
                && leads(two, 0x80, 0xBF, one) && leads(state.after(0xED), 0x80, 0x9F, one)
                && leads(state, 0xEE, 0xEF, two) && leads(state.after(0xF0), 0x90, 0xBF, two)
                && leads(state, 0xF1, 0xF3, three) && leads(three, 0x80, 0xBF, two)
                && leads(state.after(0xF4), 0x80, 0x8F, two);
        return all ? next : null;
    }

    private static boolean leads(DfaState state, int first, int last, DfaState next) {
        for (int value = first; value <= last; value++) {
            if (state.after(value) != next) {
                return false;
            }
        }
        return true;
    }
}
