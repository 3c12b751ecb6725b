package dev.cria.chat;

import dev.cria.chat.Prompt.Part;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Turns a prompt into ids. Control tokens are made of marks only. Of the tokens that were added to the vocabulary, text
 * becomes those that cannot be taken for marks: words and white space that the template does not use as marks. Marks
 * that are text are looked for in what messages say.
 */
final class PromptEncoder {
    private final Prompt prompt;
    private final Tokenizer tokenizer;
    /** Added tokens that text must not become. */
    private final Set<Integer> marks = new HashSet<>();
    /** Reserved texts that are written in ordinary tokens, so that a message can forge them. */
    private final List<String> forgeable;

    private final IntStream.Builder ids = IntStream.builder();
    /** Text that waits to be encoded, and which of it comes from messages that are not the model's own. */
    private final StringBuilder text = new StringBuilder();
    private final List<Stretch> said = new ArrayList<>();

    private record Stretch(Role role, int start, int end) {}

    PromptEncoder(Prompt prompt, Tokenizer tokenizer) {
        this.prompt = prompt;
        this.tokenizer = tokenizer;
        List<Piece> pieces = tokenizer.vocabulary().pieces();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.type() == TokenType.USER_DEFINED
                    && (!isWords(piece.text()) || prompt.reserved().contains(piece.text()))) {
                marks.add(id);
            }
        }
        forgeable = prompt.reserved().stream().filter(this::isForgeable).toList();
    }

    private static boolean isWords(String text) {
        return text.codePoints().allMatch(c -> Character.isLetterOrDigit(c) || Character.isSpaceChar(c)
                || Character.isWhitespace(c) || c == '\u2581' || isCombining(c));
    }

    private static boolean isCombining(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
    }

    private boolean isForgeable(String mark) {
        return !mark.isEmpty() && (!isToken(mark) || prompt.parts().stream()
                .anyMatch(part -> part instanceof Part.Text(String written) && written.contains(mark)));
    }

    /** Whether a mark is a token that no text becomes. */
    private boolean isToken(String mark) {
        OptionalInt id = tokenizer.idOf(mark);
        return id.isPresent() && switch (tokenizer.vocabulary().pieces().get(id.getAsInt()).type()) {
            case CONTROL, UNKNOWN, USER_DEFINED -> true;
            case NORMAL, UNUSED, BYTE -> false;
        };
    }

    int[] encode() {
        for (Part part : prompt.parts()) {
            switch (part) {
                case Part.Text(String stretch) -> text.append(stretch);
                case Part.Content(Role role, String stretch) -> {
                    if (role != Role.ASSISTANT && !stretch.isEmpty()) {
                        said.add(new Stretch(role, text.length(), text.length() + stretch.length()));
                    }
                    text.append(stretch);
                }
                case Part.Cut() -> cut();
                case Part.Bos() -> token(tokenizer.vocabulary().bos());
                case Part.Start() -> {
                    if (tokenizer.vocabulary().addBos()) {
                        token(tokenizer.vocabulary().bos());
                    }
                }
                case Part.Eos() -> token(tokenizer.vocabulary().eos());
                case Part.Mark(String piece) -> {
                    OptionalInt id = tokenizer.idOf(piece);
                    if (id.isPresent()) {
                        token(id.getAsInt());
                    } else {
                        text.append(piece);
                    }
                }
            }
        }
        cut();
        return ids.build().toArray();
    }

    private void token(int id) {
        cut();
        ids.add(id);
    }

    private void cut() {
        String whole = text.toString();
        String spaced = withSpaces(whole);
        forgeable.forEach(mark -> requireUnforged(spaced, withSpaces(mark)));
        for (int id : tokenizer.encode(whole, marks)) {
            ids.add(id);
        }
        text.setLength(0);
        said.clear();
    }

    /** Vocabularies write a space as U+2581, so a message that does is read as if it had spaces. */
    private static String withSpaces(String any) {
        return any.replace('\u2581', ' ');
    }

    private void requireUnforged(String whole, String mark) {
        for (int at = whole.indexOf(mark); at >= 0; at = whole.indexOf(mark, at + 1)) {
            for (Stretch stretch : said) {
                if (at < stretch.end && stretch.start < at + mark.length()) {
                    throw new InvalidDialogException("a message of the " + stretch.role + " contains "
                            + quoted(mark) + ", which is a mark of the chat template: write it differently, lest the"
                            + " model takes what follows for another message");
                }
            }
        }
    }

    private static String quoted(String mark) {
        return "\"" + mark.replace("\n", "\\n") + "\"";
    }
}
