package dev.cria.chat.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a line into lines of a width, between words, as Python's {@code textwrap} does. */
final class WordWrap {
    private static final String SPACE = "[\\t\\n\\x0b\\f\\r ]";
    private static final String NO_SPACE = "[^\\t\\n\\x0b\\f\\r ]";
    private static final String LETTER = "[^\\d\\W]";
    private static final String OF_WORD = "[\\w!\"'&.,?]";
    private static final Pattern AT_SPACES = Pattern.compile(SPACE + "+|" + NO_SPACE + "+");
    /** White space, dashes between words, and words, which end after a hyphen too. */
    private static final Pattern AT_HYPHENS = Pattern.compile(SPACE + "+|(?<=" + OF_WORD + ")-{2,}(?=\\w)|" + NO_SPACE
            + "+?(?:-(?:(?<=" + LETTER + "{2}-)|(?<=" + LETTER + "-" + OF_WORD + "-))(?=" + LETTER + "-?" + LETTER
            + ")|(?=" + SPACE + "|\\z)|(?<=" + OF_WORD + ")(?=-{2,}\\w))", Pattern.UNICODE_CHARACTER_CLASS);

    private final int width;
    private final boolean breaksWords;
    private final boolean breaksHyphens;
    private final Budget budget;

    WordWrap(int width, boolean breaksWords, boolean breaksHyphens, Budget budget) {
        if (width <= 0) {
            throw Failure.runtime("invalid width " + width + " (must be > 0)");
        }
        this.width = width;
        this.breaksWords = breaksWords;
        this.breaksHyphens = breaksHyphens;
        this.budget = budget;
    }

    List<Text> apply(Text text) {
        Deque<Text> chunks = new ArrayDeque<>();
        Matcher chunk = (breaksHyphens ? AT_HYPHENS : AT_SPACES).matcher(text.characters());
        while (chunk.find()) {
            budget.spendElements(1);
            chunks.add(text.substring(chunk.start(), chunk.end()));
        }
        List<Text> lines = new ArrayList<>();
        while (!chunks.isEmpty()) {
            if (!lines.isEmpty() && isSpace(chunks.getFirst())) {
                chunks.removeFirst();
            }
            List<Text> line = line(chunks);
            if (!line.isEmpty() && isSpace(line.getLast())) {
                line.removeLast();
            }
            if (!line.isEmpty()) {
                TextBuilder joined = new TextBuilder(budget);
                line.forEach(joined::append);
                lines.add(joined.toText());
            }
        }
        return lines;
    }

    private List<Text> line(Deque<Text> chunks) {
        List<Text> line = new ArrayList<>();
        int length = 0;
        while (!chunks.isEmpty() && length + chunks.getFirst().length() <= width) {
            length += chunks.getFirst().length();
            line.add(chunks.removeFirst());
        }
        if (!chunks.isEmpty() && chunks.getFirst().length() > width) {
            Text word = chunks.removeFirst();
            budget.spendText(word.characters().length(), 0);
            if (breaksWords) {
                int end = word.index(end(word.characters(), width - length));
                line.add(word.substring(0, end));
                if (end < word.characters().length()) {
                    chunks.addFirst(word.substring(end));
                }
            } else if (line.isEmpty()) {
                line.add(word);
            } else {
                chunks.addFirst(word);
            }
        }
        return line;
    }

    /** {@return how much of a word that is too long fits, to a hyphen if there is one} */
    private int end(String word, int room) {
        int hyphen = breaksHyphens ? word.substring(0, Math.min(room, word.length())).lastIndexOf('-') : -1;
        return hyphen > 0 && word.substring(0, hyphen).chars().anyMatch(c -> c != '-') ? hyphen + 1 : room;
    }

    private static boolean isSpace(Text chunk) {
        return Characters.strip(chunk.characters()).isEmpty();
    }
}
