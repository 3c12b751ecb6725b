package dev.cria.junit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of cases that was read from a resource.
 *
 * @param resource its name, for messages
 * @param cases the cases, in order
 */
record CaseTable(String resource, List<Case> cases) {
    /**
     * One case.
     *
     * @param line the line of the file in which it ends, from 1
     * @param columns its columns by name
     */
    record Case(int line, ObjectNode columns) {}

    CaseTable {
        cases = List.copyOf(cases);
    }

    /** {@return the table beside a class of tests, or beside a class that it inherits tests from} */
    static CaseTable read(Class<?> test, String resource) {
        try (InputStream in = open(test, resource)) {
            String text = PortableText
                    .of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readAllBytes())).toString());
            CaseTable table = new CaseTable(resource, resource.endsWith(".csv")
                    ? csv(resource, text)
                    : resource.endsWith(".jsonl")
                            ? jsonLines(resource, text)
                            : unknown(resource));
            if (table.cases.isEmpty()) {
                throw new CriaException(resource + ": there are no cases in it");
            }
            return table;
        } catch (CharacterCodingException e) {
            throw new CriaException(resource + ": a table of cases is UTF-8 text, but this is not", e);
        } catch (IOException e) {
            throw FileFailure.reading(resource, e);
        }
    }

    private static InputStream open(Class<?> test, String resource) {
        return Stream.<Class<?>>iterate(test, Objects::nonNull, Class::getSuperclass)
                .flatMap(type -> Optional.ofNullable(type.getResourceAsStream(resource)).stream()).findFirst()
                .orElseThrow(() -> new CriaException("there is no resource " + resource + " beside " + test.getName()
                        + "; a name with a slash at the beginning is looked for at the root of the class path"));
    }

    /** {@return where a case stands, for messages} */
    String place(Case each) {
        return resource + ": line " + each.line();
    }

    /** {@return the cases as records} */
    <R> List<R> as(Class<R> type) {
        return cases.stream().map(each -> {
            try {
                return StrictJson.MAPPER.treeToValue(each.columns(), type);
            } catch (JacksonException e) {
                throw new CriaException(place(each) + " does not fit " + type.getSimpleName() + ": "
                        + StrictJson.problem(e), e);
            }
        }).toList();
    }

    private static List<Case> unknown(String resource) {
        throw new CriaException(resource + ": a table of cases ends in .csv or .jsonl");
    }

    private static List<Case> csv(String resource, String text) throws IOException {
        List<Case> cases = new ArrayList<>();
        int read = 0; // lines of complete rows
        try (MappingIterator<String[]> rows = new CsvMapper().readerFor(String[].class)
                .with(CsvParser.Feature.WRAP_AS_ARRAY).with(CsvParser.Feature.SKIP_EMPTY_LINES)
                .readValues(text)) {
            if (!rows.hasNextValue()) {
                return cases;
            }
            List<String> columns = List.of(rows.nextValue());
            read = 1;
            Set<String> different = new LinkedHashSet<>(columns);
            if (different.size() != columns.size() || different.contains("")) {
                throw new CriaException(
                        resource + ": line 1 must name the columns, each by a name of its own, but is " + columns);
            }
            while (rows.hasNextValue()) {
                String[] cells = rows.nextValue();
                // the location is that of what comes next, which is on the next line
                int line = rows.getCurrentLocation().getLineNr()
                        - (rows.getCurrentLocation().getColumnNr() == 1 ? 1 : 0);
                if (cells.length != columns.size()) {
                    throw new CriaException(resource + ": line " + line + " has " + cells.length
                            + (cells.length == 1 ? " cell" : " cells") + ", but there are " + columns.size()
                            + " columns: " + String.join(", ", columns));
                }
                ObjectNode row = StrictJson.MAPPER.createObjectNode();
                for (int i = 0; i < cells.length; i++) {
                    row.put(columns.get(i), cells[i]);
                }
                cases.add(new Case(line, row));
                read = line;
            }
        } catch (JacksonException e) {
            // a quote that is never closed is noticed at the end of the file, but the row with it is the next
            throw malformed(resource, read + 1, "CSV", e);
        }
        return cases;
    }

    private static List<Case> jsonLines(String resource, String text) {
        List<Case> cases = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            @Nullable
            JsonNode node;
            try {
                node = StrictJson.MAPPER.readTree(lines.get(i));
            } catch (JacksonException e) {
                throw malformed(resource, i + 1, "JSON", e);
            }
            if (!(node instanceof ObjectNode object)) {
                throw new CriaException(resource + ": line " + (i + 1) + " must be a JSON object, but is " + node);
            }
            cases.add(new Case(i + 1, object));
        }
        return cases;
    }

    private static CriaException malformed(String resource, int line, String format, JacksonException e) {
        return new CriaException(resource + ": line " + line + " is not " + format + ": " + e.getOriginalMessage(), e);
    }
}
