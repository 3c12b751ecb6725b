package dev.cria.grammar.schema;

import dev.cria.grammar.regular.PatternReader;
import dev.cria.grammar.regular.Regex;
import dev.cria.grammar.regular.TextEncoding;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The formats of JSON Schema (validation, section 7.3) as patterns of whole strings. */
final class Formats {
    private static final String LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
    private static final String DATE = "(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" + LEAP_YEAR + "-02-29)";
    private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?"
            + "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private static final String TIME_SPAN = "T([0-9]+S|[0-9]+M([0-9]+S)?|[0-9]+H([0-9]+M([0-9]+S)?)?)";
    private static final String DURATION = "P(([0-9]+D|[0-9]+M([0-9]+D)?|[0-9]+Y([0-9]+M([0-9]+D)?)?)(" + TIME_SPAN
            + ")?|" + TIME_SPAN + "|[0-9]+W)";
    /** At most 63 characters, and no hyphens as third and fourth: those mark names in Punycode. */
    private static final String LABEL = "[a-zA-Z0-9](([a-zA-Z0-9-]{0,2}[a-zA-Z0-9])?|[a-zA-Z0-9-]([a-zA-Z0-9]"
            + "[a-zA-Z0-9-]|-[a-zA-Z0-9])[a-zA-Z0-9-]{0,58}[a-zA-Z0-9])";
    private static final String HOST = "(?=.{1,253}$)" + LABEL + "(\\." + LABEL + ")*";
    private static final String ATOM = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final String DOMAIN = "[a-zA-Z0-9]+(-+[a-zA-Z0-9]+)*";
    private static final String EMAIL = ATOM + "(\\." + ATOM + ")*@" + DOMAIN + "(\\." + DOMAIN + ")*";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String IPV4 = BYTE + "(\\." + BYTE + "){3}";
    private static final String H16 = "[0-9a-fA-F]{1,4}";
    private static final String LS32 = "(" + H16 + ":" + H16 + "|" + IPV4 + ")";
    private static final String IPV6 = "((" + H16 + ":){6}" + LS32 + "|::(" + H16 + ":){5}" + LS32 + "|(" + H16
            + ")?::(" + H16 + ":){4}" + LS32 + "|((" + H16 + ":){0,1}" + H16 + ")?::(" + H16 + ":){3}" + LS32 + "|(("
            + H16 + ":){0,2}" + H16 + ")?::(" + H16 + ":){2}" + LS32 + "|((" + H16 + ":){0,3}" + H16 + ")?::" + H16
            + ":" + LS32 + "|((" + H16 + ":){0,4}" + H16 + ")?::" + LS32 + "|((" + H16 + ":){0,5}" + H16 + ")?::" + H16
            + "|((" + H16 + ":){0,6}" + H16 + ")?::)";
    private static final String PERCENT = "%[0-9a-fA-F]{2}";
    private static final String PCHAR = "([a-zA-Z0-9._~!$&'()*+,;=:@-]|" + PERCENT + ")";
    private static final String AUTHORITY = "(([a-zA-Z0-9._~!$&'()*+,;=:-]|" + PERCENT + ")*@)?(\\[" + IPV6 + "\\]|"
            + "([a-zA-Z0-9._~!$&'()*+,;=-]|" + PERCENT + ")*)(:[0-9]*)?";
    private static final String ENDING = "(\\?(" + PCHAR + "|[/?])*)?(#(" + PCHAR + "|[/?])*)?";
    private static final String PATHS = "//" + AUTHORITY + "(/" + PCHAR + "*)*|/(" + PCHAR + "+(/" + PCHAR + "*)*)?";
    private static final String URI = "[a-zA-Z][a-zA-Z0-9+.-]*:(" + PATHS + "|" + PCHAR + "+(/" + PCHAR + "*)*|)"
            + ENDING;
    private static final String RELATIVE = "(" + PATHS + "|([a-zA-Z0-9._~!$&'()*+,;=@-]|" + PERCENT + ")+(/" + PCHAR
            + "*)*|)" + ENDING;
    private static final String POINTER = "(/([^~/]|~[01])*)*";

    private static final Map<String, String> PATTERNS = Map.ofEntries(Map.entry("date", DATE),
            Map.entry("time", TIME), Map.entry("date-time", DATE + "T" + TIME), Map.entry("duration", DURATION),
            Map.entry("email", EMAIL), Map.entry("idn-email", EMAIL), Map.entry("hostname", HOST),
            Map.entry("idn-hostname", HOST), Map.entry("ipv4", IPV4), Map.entry("ipv6", IPV6),
            Map.entry("uuid", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), Map.entry("uri", URI),
            Map.entry("iri", URI), Map.entry("uri-reference", "(" + URI + "|" + RELATIVE + ")"),
            Map.entry("iri-reference", "(" + URI + "|" + RELATIVE + ")"), Map.entry("json-pointer", POINTER),
            Map.entry("relative-json-pointer", "(0|[1-9][0-9]*)(#|" + POINTER + ")"));

    private static final Set<String> NOT_REGULAR = Set.of("regex", "uri-template");

    private Formats() {}

    /** {@return the content of strings of a format, if it is one that is enforced} */
    static Optional<Regex> named(String name) {
        return Optional.ofNullable(PATTERNS.get(name))
                .map(pattern -> PatternReader.read(pattern).matching(TextEncoding.JSON_STRING));
    }

    /** {@return whether a format is one of JSON Schema's that is not enforced; others are only notes} */
    static boolean isUnsupported(String name) {
        return NOT_REGULAR.contains(name);
    }
}
