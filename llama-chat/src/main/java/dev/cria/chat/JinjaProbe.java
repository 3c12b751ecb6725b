package dev.cria.chat;

import dev.cria.chat.JinjaTemplate.Habits;
import dev.cria.chat.Prompt.Part;
import dev.cria.chat.jinja.Text.Piece;
import dev.cria.chat.jinja.Text;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Looks at what a template writes between the messages of a short dialog. What ends an answer is found there, and what
 * marks the next message where that is plain text, such as {@code ASSISTANT:}.
 *
 * @param template the template
 */
record JinjaProbe(JinjaTemplate template) {
    private static final List<Message> TURNS = List.of(Message.user("Hi"), Message.assistant("Hello"),
            Message.user("Why"));
    private static final List<Message> WITH_SYSTEM = List.of(Message.system("Be brief."), TURNS.get(0), TURNS.get(1),
            TURNS.get(2));
    /** Its place in the first dialog, from 1. */
    private static final int ANSWER = 2;

    /** {@return what the template was seen to write} */
    Habits habits() {
        List<Piece> turns = write(TURNS);
        Set<String> reserved = new LinkedHashSet<>(WrittenMarks.formsIn(template.text()));
        reserve(turns, reserved);
        reserve(write(WITH_SYSTEM), reserved);
        return new Habits(stops(turns), reserved);
    }

    /** Nothing where the template refuses or fails, as it then does with chats, too. */
    private List<Piece> write(List<Message> messages) {
        try {
            return template.write(messages, true);
        } catch (InvalidDialogException | TemplateException e) {
            return List.of();
        }
    }

    private void reserve(List<Piece> pieces, Set<String> reserved) {
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (piece.origin() == Text.TEMPLATE) {
                reserved.addAll(WrittenMarks.formsIn(piece.characters()));
                if (i > 0 && i + 1 < pieces.size()) {
                    plainMark(piece.characters()).ifPresent(reserved::add);
                }
            }
        }
    }

    /** What stands between two messages, if there is no token in it: its last line, next to what the message says. */
    private Optional<String> plainMark(String between) {
        return template.marks().parts(between).stream().anyMatch(Part.Mark.class::isInstance)
                ? Optional.empty()
                : lines(between).stream().reduce((first, last) -> last);
    }

    private List<String> stops(List<Piece> pieces) {
        int answer = 0;
        while (answer < pieces.size() && pieces.get(answer).origin() != ANSWER) {
            answer++;
        }
        if (answer + 1 >= pieces.size() || pieces.get(answer + 1).origin() != Text.TEMPLATE) {
            return List.of();
        }
        List<String> stops = new ArrayList<>();
        for (Part part : template.marks().parts(pieces.get(answer + 1).characters())) {
            if (part instanceof Part.Mark(String token)) {
                if (!token.equals(template.tokens().eos())) {
                    stops.add(token);
                }
                break;
            }
            if (part instanceof Part.Text(String text)) {
                lines(text).stream().limit(1).map(WrittenMarks::firstForm).forEach(stops::add);
            }
        }
        return stops;
    }

    /** {@return lines with words in them, stripped, each with the line break before it if there is one} */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        String before = "";
        for (String line : text.split("\n", -1)) {
            String stripped = line.strip();
            if (stripped.length() > 1 && stripped.codePoints().anyMatch(Character::isLetter)) {
                lines.add(before + stripped);
            }
            before = "\n";
        }
        return lines;
    }
}
