package dev.cria.golden;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Says in one line how many checks of a build were skipped, and why: what Surefire's reports say, added up over all
 * modules. Test methods are counted; one with many cases, which are not made where it is skipped, counts once.
 */
public final class SkippedChecks {
    /** What JUnit puts before the reason of an assumption. */
    private static final String ASSUMPTION = "Assumption failed: ";
    private static final int MOST_REASONS = 4;

    private final Map<String, Integer> reasons = new TreeMap<>();
    private boolean reported;

    private SkippedChecks() {}

    /**
     * Prints the line, or nothing if no tests ran.
     *
     * @param arguments the folder of the project, and when the build began, in UTC as {@code 2026-01-31T23:59:59Z}
     */
    public static void main(String[] arguments) throws IOException, XMLStreamException {
        of(Path.of(arguments[0]), Instant.parse(arguments[1])).ifPresent(System.out::println);
    }

    /** {@return the line about reports that are not older than the build, if there are any} */
    static Optional<String> of(Path project, Instant begin) throws IOException, XMLStreamException {
        SkippedChecks checks = new SkippedChecks();
        for (Path report : reports(project)) {
            if (!Files.getLastModifiedTime(report).toInstant().isBefore(begin)) {
                checks.add(report);
            }
        }
        return checks.reported ? Optional.of(checks.line()) : Optional.empty();
    }

    private static List<Path> reports(Path project) throws IOException {
        try (Stream<Path> files = Files.walk(project)) {
            return files.filter(file -> file.toString().matches(".*surefire-reports.TEST-[^/\\\\]*\\.xml")).sorted()
                    .toList();
        }
    }

    private void add(Path report) throws IOException, XMLStreamException {
        reported = true;
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = XMLInputFactory.newFactory().createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamReader.START_ELEMENT && xml.getLocalName().equals("skipped")) {
                    String message = Optional.ofNullable(xml.getAttributeValue(null, "message"))
                            .orElse("no reason is given");
                    reasons.merge(message.startsWith(ASSUMPTION) ? message.substring(ASSUMPTION.length()) : message, 1,
                            Integer::sum);
                }
            }
        }
    }

    private String line() {
        int all = reasons.values().stream().mapToInt(count -> count).sum();
        if (all == 0) {
            return "No check was skipped.";
        }
        List<Map.Entry<String, Integer>> most = reasons.entrySet().stream()
                .sorted(Comparator.comparingInt(reason -> -reason.getValue())).limit(MOST_REASONS).toList();
        int named = most.stream().mapToInt(Map.Entry::getValue).sum();
        return "%,d %s skipped: %s%s".formatted(all, all == 1 ? "check was" : "checks were",
                most.stream().map(reason -> "%,d because %s".formatted(reason.getValue(), reason.getKey()))
                        .collect(Collectors.joining(", ")),
                named == all ? "" : ", %,d for other reasons".formatted(all - named));
    }
}
