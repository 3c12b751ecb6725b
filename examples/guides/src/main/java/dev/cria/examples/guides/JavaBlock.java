package dev.cria.examples.guides;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A block of Java in a guide.
 *
 * @param page the guide's file
 * @param line where the block begins
 * @param given what the guide says that its blocks have before them: the nearest earlier block that {@link #isGiven}
 * @param text what the guide shows
 */
record JavaBlock(Path page, int line, String given, String text) {
    private static final String FENCE = "```";

    /** {@return the blocks of a guide} */
    static List<JavaBlock> of(Path page) {
        List<JavaBlock> blocks = new ArrayList<>();
        String given = "";
        List<String> lines = lines(page);
        for (int start = 0; start < lines.size(); start++) {
            if (lines.get(start).startsWith(FENCE)) {
                int end = start + 1;
                while (!lines.get(end).equals(FENCE)) {
                    end++;
                }
                if (lines.get(start).equals(FENCE + "java")) {
                    String text = String.join("\n", lines.subList(start + 1, end)) + "\n";
                    JavaBlock block = new JavaBlock(page, start + 2, given, text);
                    if (block.isGiven()) {
                        given = text;
                        block = new JavaBlock(page, start + 2, "", text);
                    } else if (block.isProgram()) {
                        block = new JavaBlock(page, start + 2, "", text);
                    }
                    blocks.add(block);
                }
                start = end;
            }
        }
        return blocks;
    }

    private static List<String> lines(Path page) {
        try {
            return Files.readAllLines(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it shows imports and variables that the blocks after it have, too. */
    private boolean isGiven() {
        return text.startsWith("import ") && !text.contains("{");
    }

    /** Whether it is a file of its own. */
    private boolean isProgram() {
        return text.startsWith("import ") && !isGiven();
    }

    /** {@return whether it is a {@code module-info.java}} */
    boolean isModule() {
        return text.startsWith("module ");
    }

    /** {@return a compact source file (JLS 7.3) that has the block's classes, methods and fields} */
    String asMembers() {
        return given + text + (text.contains("void main(") ? "" : "void main() {}\n");
    }

    /** {@return a compact source file that has the block's statements in its main method} */
    String asStatements() {
        return given + "void main() throws Exception {\n" + text + "}\n";
    }

    @Override
    public String toString() {
        return page.getFileName() + ", line " + line;
    }
}
