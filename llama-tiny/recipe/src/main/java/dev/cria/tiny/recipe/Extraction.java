package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/**
 * Fields named in the question, taken from a sentence and written as a JSON object in the order in which they were
 * named.
 */
final class Extraction implements Task {
    /** Sentences about a person; the fields are the slots. */
    private static final Phrases PEOPLE = Phrases.of("""
            {name} is {age} years old and lives in {city}.
            {name} lives in {city} and works as a {job}.
            {name} is a {job} from {city}.
            {name}, {age}, is a {job} in {city}.
            {name} is a {age} year old {job} from {city}.
            My name is {name} and I live in {city}.
            My name is {name}, I am {age} years old and I live in {city}.
            I am {name}, a {job} from {city}.
            The {job} {name} lives in {city}.
            In {city} lives {name}, who is {age} years old.
            {name} comes from {city} and is {age}.
            {name} works in {city} as a {job}.
            A {job} named {name} moved to {city}.
            {name} is {age} and works as a {job}.
            Our new {job} is {name} from {city}, aged {age}.
            At the age of {age}, {name} moved to {city}.
            {name} was born in {city} and became a {job}.
            Hello, I am {name}. I am {age} and my home is {city}.
            {name} is {age} years old.
            {name} lives in {city}.
            {name} is a {job}.
            Meet {name}, a {job} of {age} years.
            ---
            {name} is {age} years old and works as a {job} in {city}.
            I am {name}, I am {age} years old and I come from {city}.
            {name} has a home in {city} and is a {job}.
            There is a {job} in {city} named {name}.
            +++
            [my friend|our customer|the new neighbor] {name} is {age} years old and lives in {city}.
            {name} [lives|works|stays] in {city} and is {age} years old.
            {name} has a house in {city} and works as a {job}.
            [there was|there lives|we know] a {job} in {city} called {name}.
            I am {name}, {age} years old, a {job} from {city}.
            [she|he] is {name}, a {job} from {city}, and {age} years old.
            """);

    /** Sentences about an order. */
    private static final Phrases ORDERS = Phrases.of("""
            {name} ordered {count} {item} on {day}.
            {name} bought {count} {color} {item}.
            On {day}, {name} bought {count} {item}.
            {name} needs {count} {item} by {day}.
            {count} {item} for {name} on {day}.
            {name} would like {count} {color} {item} on {day}.
            Please send {count} {item} to {name} on {day}.
            {name} sold {count} {item} in {city}.
            We sent {count} {color} {item} to {city} on {day}.
            Order: {count} {item}, customer {name}, due {day}.
            {name} has {count} {color} {item} at home.
            {name} wants {count} {item} in {color}.
            Last {day} {name} got {count} {item} from {city}.
            The customer {name} asked for {count} {item}.
            A box with {count} {item} goes to {name} in {city}.
            Bring {count} {color} {item} to {name}.
            ---
            {name} bought {count} {item} on {day}.
            Please bring {name} {count} {color} {item} on {day}.
            On {day} {name} ordered {count} {color} {item}.
            {name} asked for {count} {item} on {day}.
            +++
            {name} [got|sold|took|needed|wanted] {count} {item} on {day}.
            [please |]bring {count} {color} {item} to {name} on {day}.
            [please |][send|give|sell|get] {name} {count} {color} {item} [by|before] {day}.
            On {day} {name} [sold|got|bought|wants] {count} {color} {item}.
            """);

    private static final Phrases BEFORE = Phrases.of("""
            Extract the {fields} as JSON: {text}
            Extract {fields} as JSON from this sentence: {text}
            Give me the {fields} as JSON. {text}
            Write the {fields} as a JSON object: {text}
            Find the {fields} and answer with JSON: {text}
            Return JSON with {fields}: {text}
            JSON with {fields}, please: {text}
            Read the sentence and give {fields} as JSON: {text}
            Take {fields} from the text, as JSON: {text}
            Which {fields} does the sentence name? Answer in JSON. {text}
            I need a JSON object with {fields}. {text}
            Please extract {fields} in JSON: {text}
            Fill a JSON object with the fields {fields}: {text}
            Fields: {fields}. Format: JSON. Text: {text}
            Get {fields} from the following text as JSON. {text}
            What are the {fields} here? Use JSON. {text}
            Turn this into JSON with the fields {fields}: {text}
            Pull out the {fields} as JSON: {text}
            ---
            Please write the {fields} as JSON: {text}
            Extract the fields {fields} from this text as JSON: {text}
            Answer with a JSON object that has the {fields}: {text}
            +++
            [answer|reply|respond] with [JSON|a JSON object] that [names|lists|gives|contains] the {fields}: {text}
            [answer|reply] with a JSON object with the {fields}. {text}
            [extract|find|list|give] the fields {fields} [of|in] this text as JSON: {text}
            [write|put|list|return] the fields {fields} as JSON: {text}
            as JSON, please: {text} Fields: {fields}.
            [please |]return a JSON object that has the {fields}: {text}
            """);

    private static final Phrases AFTER = Phrases.of("""
            {text} Extract the {fields} as JSON.
            {text} Give me {fields} as JSON.
            {text} Write {fields} as a JSON object.
            {text} Return the {fields} in JSON.
            {text} Now give {fields} as JSON.
            {text} What are the {fields}? Answer in JSON.
            {text} Please make JSON with {fields}.
            {text} Put the {fields} into JSON.
            ---
            {text} Please extract the {fields} as JSON.
            {text} Answer with JSON: {fields}.
            +++
            {text} [Please answer|Reply|Respond] with JSON: {fields}.
            {text} [Extract|Return|List] {fields} [as|in] JSON, please.
            {text} JSON with {fields}?
            """);

    /** How much of the open words a name or city may be. */
    private static final double INVENTED = 0.15;

    @Override
    public Exchange draw(Draw draw) {
        while (true) {
            boolean person = draw.chance(0.55);
            String sentence = draw.phrase(person ? PEOPLE : ORDERS);
            SequencedMap<String, String> values = values(draw, sentence);
            List<String> all = new ArrayList<>(values.sequencedValues());
            if (!draw.refuses("extract", all.getFirst(), all.get(1))) {
                return exchange(draw, sentence, values);
            }
        }
    }

    private static Exchange exchange(Draw draw, String sentence, SequencedMap<String, String> values) {
        String text = sentence;
        for (Map.Entry<String, String> entry : values.entrySet()) {
            text = Texts.fill(text, entry.getKey(), entry.getValue());
        }
        List<String> fields = new ArrayList<>(values.sequencedKeySet());
        Collections.shuffle(fields, new Random(draw.below(Integer.MAX_VALUE)));
        List<String> asked = fields.subList(0,
                draw.between(Math.min(fields.size(), draw.chance(0.2) ? 1 : 2), fields.size()));
        List<String> json = asked.stream().map(field -> "\"" + field + "\": " + quoted(field, values)).toList();
        String listed = draw.chance(0.7) ? Texts.listed(asked) : String.join(", ", asked);
        String question = Texts.fill(draw.phrase(draw.chance(0.65) ? BEFORE : AFTER), "fields", listed, "text", text);
        return new Exchange(question, "{" + String.join(", ", json) + "}");
    }

    private static String quoted(String field, SequencedMap<String, String> values) {
        String value = values.getOrDefault(field, "");
        return field.equals("age") || field.equals("count") ? value : "\"" + value + "\"";
    }

    /** Values for the slots of a sentence, name and the most telling other first. */
    private static SequencedMap<String, String> values(Draw draw, String sentence) {
        SequencedMap<String, String> values = new LinkedHashMap<>();
        for (String slot : List.of("name", "city", "item", "job", "age", "day", "count", "color")) {
            if (sentence.contains("{" + slot + "}")) {
                values.put(slot, value(draw, slot));
            }
        }
        return values;
    }

    private static String value(Draw draw, String slot) {
        boolean invented = !draw.isHeldOut() && draw.chance(INVENTED);
        return switch (slot) {
            case "name" -> invented ? Lexicon.invented(draw) : draw.one(Lexicon.NAMES);
            case "city" -> invented ? Lexicon.invented(draw) : city(draw);
            case "item" -> draw.one(Lexicon.ITEMS);
            case "job" -> draw.one(Lexicon.JOBS);
            case "age" -> String.valueOf(draw.between(5, 99));
            case "day" -> draw.one(Lexicon.DAYS);
            case "count" -> String.valueOf(draw.between(2, 60));
            default -> draw.one(Lexicon.COLORS);
        };
    }

    private static String city(Draw draw) {
        return draw.chance(0.6) ? draw.one(Lexicon.COUNTRIES).get(1) : draw.one(Lexicon.OTHER_CITIES);
    }
}
