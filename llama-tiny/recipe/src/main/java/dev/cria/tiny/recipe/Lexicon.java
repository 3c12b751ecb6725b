package dev.cria.tiny.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** The words of the corpus. */
final class Lexicon {
    /** Country, capital, continent, language. */
    static final List<List<String>> COUNTRIES = table("""
            France Paris Europe French
            Germany Berlin Europe German
            Spain Madrid Europe Spanish
            Italy Rome Europe Italian
            Portugal Lisbon Europe Portuguese
            Austria Vienna Europe German
            Poland Warsaw Europe Polish
            Greece Athens Europe Greek
            Sweden Stockholm Europe Swedish
            Norway Oslo Europe Norwegian
            Denmark Copenhagen Europe Danish
            Finland Helsinki Europe Finnish
            Ireland Dublin Europe English
            England London Europe English
            Hungary Budapest Europe Hungarian
            Romania Bucharest Europe Romanian
            Bulgaria Sofia Europe Bulgarian
            Croatia Zagreb Europe Croatian
            Iceland Reykjavik Europe Icelandic
            Ukraine Kyiv Europe Ukrainian
            Russia Moscow Europe Russian
            Serbia Belgrade Europe Serbian
            Estonia Tallinn Europe Estonian
            Latvia Riga Europe Latvian
            Albania Tirana Europe Albanian
            Egypt Cairo Africa Arabic
            Kenya Nairobi Africa Swahili
            Ghana Accra Africa English
            Morocco Rabat Africa Arabic
            Senegal Dakar Africa French
            Nigeria Abuja Africa English
            Tunisia Tunis Africa Arabic
            Angola Luanda Africa Portuguese
            Zambia Lusaka Africa English
            Japan Tokyo Asia Japanese
            China Beijing Asia Chinese
            India New-Delhi Asia Hindi
            Turkey Ankara Asia Turkish
            Thailand Bangkok Asia Thai
            Vietnam Hanoi Asia Vietnamese
            Iran Tehran Asia Persian
            Nepal Kathmandu Asia Nepali
            South-Korea Seoul Asia Korean
            Iraq Baghdad Asia Arabic
            Canada Ottawa North-America English
            Mexico Mexico-City North-America Spanish
            Cuba Havana North-America Spanish
            Brazil Brasilia South-America Portuguese
            Argentina Buenos-Aires South-America Spanish
            Chile Santiago South-America Spanish
            Peru Lima South-America Spanish
            Colombia Bogota South-America Spanish
            Uruguay Montevideo South-America Spanish
            Australia Canberra Australia English
            """);

    static final List<String> NAMES = words(
            """
                    Anna Ben Clara David Emma Felix Grace Henry Iris Jack Kate Leo Maria Noah Olga Paul Rosa Sam Tina Victor Alice Bob
                    Carl Diana Eric Fiona George Helen Ivan Julia Kevin Laura Mark Nina Oscar Peter Ruth Simon Tom Vera Walter Amy
                    Bruno Celia Dora Edgar Frank Gina Hugo Ida Jonas Karen Lucas Mia Nora Otto Pia Ralf Sara Theo Ursula Willy Adam
                    Bella Cora Daniel Eva Fred Gloria Hans Ines James Kim Linda Max Nadia Oliver Petra Robert Susan Tim Wanda Zoe
                    Arthur Bianca Chris Dennis Elsa Jane John Mary Lisa Lily Mike Nick Rita Steve
                    """);

    static final List<String> OTHER_CITIES = words(
            """
                    Boston Chicago Munich Milan Porto Lyon Sydney Toronto Hamburg Seattle Naples Geneva Zurich Osaka Mumbai Dallas Denver
                    Miami Leeds Oxford Bristol Seville Nice Venice Florence Cologne Dresden Krakow Bergen Basel
                    """);

    static final List<String> JOBS = words(
            """
                    teacher doctor baker farmer nurse pilot painter writer singer driver cook lawyer dentist gardener plumber waiter
                    tailor judge dancer miner sailor actor banker butcher carpenter chemist clerk coach barber engineer firefighter
                    fisher florist hunter librarian mechanic musician photographer programmer scientist
                    """);

    static final List<String> ITEMS = words(
            """
                    apples books pens chairs lamps shirts cups bottles shoes hats tables pears eggs cakes keys clocks bags boxes plates
                    spoons knives forks candles flowers lemons oranges carrots tomatoes potatoes coats socks gloves pillows mirrors
                    brushes baskets tickets stamps letters balls
                    """);

    static final List<String> COLORS = words("red blue green yellow black white brown orange purple pink gray silver");

    static final List<String> DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday");

    static final List<String> MONTHS = words(
            "January February March April May June July August September October November December");

    static final List<String> NUMBERS = words("zero one two three four five six seven eight nine ten eleven twelve");

    /** Pairs of opposites; each holds in both directions. */
    static final List<List<String>> OPPOSITES = table("""
            hot cold
            big small
            fast slow
            high low
            old young
            rich poor
            light dark
            hard soft
            long short
            wide narrow
            thick thin
            strong weak
            full empty
            open closed
            wet dry
            clean dirty
            happy sad
            good bad
            early late
            near far
            loud quiet
            true false
            left right
            up down
            in out
            day night
            love hate
            win lose
            buy sell
            push pull
            start stop
            begin end
            come go
            give take
            laugh cry
            first last
            front back
            north south
            east west
            summer winter
            black white
            yes no
            always never
            before after
            above below
            inside outside
            brave afraid
            sweet sour
            smooth rough
            sharp blunt
            cheap expensive
            easy difficult
            deep shallow
            friend enemy
            """);

    /** Animal, young, sound, legs, home; a dash where there is none to learn. */
    static final List<List<String>> ANIMALS = table("""
            dog puppy woof four kennel
            cat kitten meow four house
            cow calf moo four stable
            horse foal neigh four stable
            sheep lamb baa four meadow
            pig piglet oink four sty
            duck duckling quack two pond
            hen chick cluck two coop
            goat kid bleat four meadow
            lion cub roar four savanna
            bear cub growl four den
            frog tadpole croak four pond
            swan cygnet hiss two lake
            owl owlet hoot two tree
            bee larva buzz six hive
            deer fawn bell four forest
            goose gosling honk two pond
            rabbit kit squeak four burrow
            fox kit bark four den
            wolf pup howl four den
            kangaroo joey - two -
            eagle eaglet screech two nest
            butterfly caterpillar - six garden
            ant larva - six anthill
            spider spiderling - eight web
            mouse pup squeak four hole
            donkey foal bray four stable
            elephant calf trumpet four savanna
            fish - - no water
            snake - hiss no grass
            bird - tweet two nest
            monkey infant chatter two jungle
            camel calf - four desert
            penguin chick - two ice
            whale calf - no sea
            crow chick caw two tree
            turkey poult gobble two farm
            snail - - no shell
            """);

    /** Thing and its color. */
    static final List<List<String>> COLORED = table("""
            snow white
            grass green
            blood red
            coal black
            milk white
            gold yellow
            chocolate brown
            the-sky blue
            the-sea blue
            the-sun yellow
            a-banana yellow
            a-lemon yellow
            a-tomato red
            a-strawberry red
            a-cherry red
            a-carrot orange
            a-pumpkin orange
            a-plum purple
            a-frog green
            a-leaf green
            a-cucumber green
            a-pea green
            a-raven black
            a-swan white
            a-polar-bear white
            a-flamingo pink
            a-pig pink
            an-elephant gray
            a-mouse gray
            a-fire-engine red
            a-cloud white
            salt white
            sugar white
            rust brown
            soil brown
            night black
            ketchup red
            mustard yellow
            """);

    /** Thing and what kind of thing it is. */
    static final List<List<String>> KINDS = table("""
            a-rose flower
            a-tulip flower
            a-daisy flower
            a-lily flower
            an-oak tree
            a-pine tree
            a-birch tree
            a-willow tree
            an-apple fruit
            a-pear fruit
            a-banana fruit
            a-cherry fruit
            a-peach fruit
            a-carrot vegetable
            a-potato vegetable
            an-onion vegetable
            a-cabbage vegetable
            a-hammer tool
            a-saw tool
            a-drill tool
            a-shovel tool
            a-car vehicle
            a-bus vehicle
            a-truck vehicle
            a-bicycle vehicle
            a-piano instrument
            a-violin instrument
            a-guitar instrument
            a-flute instrument
            a-drum instrument
            a-shirt garment
            a-coat garment
            a-skirt garment
            a-chair furniture
            a-table furniture
            a-bed furniture
            a-dog mammal
            a-cow mammal
            a-horse mammal
            a-whale mammal
            an-eagle bird
            an-owl bird
            a-duck bird
            a-trout fish
            a-salmon fish
            a-shark fish
            an-ant insect
            a-bee insect
            a-beetle insect
            iron metal
            copper metal
            silver metal
            football sport
            tennis sport
            hockey sport
            chess game
            """);

    static final List<List<String>> SHAPES = table("""
            triangle three
            square four
            rectangle four
            pentagon five
            hexagon six
            heptagon seven
            octagon eight
            circle no
            """);

    /** Common words for repeating and transforming, beside those of the other lists. */
    static final List<String> COMMON = words(
            """
                    apple river stone house garden window door street bridge forest mountain ocean island desert valley cloud rain storm
                    thunder wind sun moon star planet paper pencil letter book story song music dance game ball bread butter cheese
                    honey soup salt pepper water juice tea coffee cup plate spoon fork knife table chair lamp bed wall roof floor
                    kitchen school church market station train boat ship wagon road field farm barn fence gate tree leaf branch root
                    seed flower rose grass corn rice bean onion garlic lemon orange grape cherry plum melon tiger zebra rabbit mouse
                    whale shark eagle parrot pigeon spider beetle worm winter spring summer autumn morning evening night hour minute
                    week month year king queen prince knight castle tower sword shield crown ring gold iron copper wood glass cotton wool
                    silk leather coat shirt shoe hat glove button needle thread hammer nail saw ladder bucket rope wheel engine motor
                    clock mirror camera radio phone screen candle match fire smoke ash dust sand mud ice snow frost doctor teacher
                    farmer baker pilot friend sister brother mother father child baby uncle aunt cousin neighbor hand foot arm leg head
                    hair eye ear nose mouth tooth neck heart bone skin blood red blue green happy quick brave calm gentle
                    """);

    static final List<String> GOOD = words(
            """
                    great wonderful excellent fantastic lovely brilliant amazing delightful superb perfect charming marvelous beautiful
                    pleasant splendid impressive enjoyable outstanding terrific fabulous nice good awesome magnificent cheerful
                    delicious refreshing inspiring remarkable stunning friendly helpful comfortable exciting
                    """);

    static final List<String> BAD = words(
            """
                    terrible awful horrible dreadful boring poor bad nasty disgusting disappointing ugly annoying unpleasant weak dull
                    miserable useless lousy painful ridiculous rude dirty noisy broken tasteless stale sloppy gloomy tedious shabby
                    shameful worthless pathetic clumsy
                    """);

    static final List<String> REVIEWED = words(
            """
                    movie film book meal hotel food song show concert play restaurant game trip room service coffee soup cake phone
                    camera novel story party lesson weather music dinner museum garden beach picture dress car shop waiter pizza
                    """);

    /** Language and the greeting in it. */
    static final List<List<String>> GREETINGS = table("""
            French Bonjour
            Spanish Hola
            German Hallo
            Italian Ciao
            Portuguese Ola
            English Hello
            Swedish Hej
            Latin Salve
            Hawaiian Aloha
            Swahili Jambo
            Turkish Merhaba
            Hindi Namaste
            Hebrew Shalom
            Finnish Moi
            """);

    static final List<String> PLACES = words(
            "forest garden village meadow valley market castle school harbor mountain kitchen library");

    static final List<String> STORY_HEROES = words(
            """
                    fox cat dog bear rabbit mouse owl horse duck frog wolf lion elephant robot dragon knight princess king boat star
                    pirate wizard farmer baker teacher snowman train monkey penguin bee
                    """);

    static final List<String> STORY_THINGS = words(
            "ball key book hat bell lamp ring box map kite coin drum flower letter cake shell");

    private static final List<String> ONSETS = words("b d f g k l m n p r s t v z br dr gr kl pl tr st sh");
    private static final List<String> VOWELS = words("a e i o u a e i o");
    private static final List<String> CODAS = words("n r l s m x k t");

    private Lexicon() {}

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }

    private static List<List<String>> table(String text) {
        return text.strip().lines().map(line -> Arrays.stream(line.split(" ")).map(word -> word.replace('-', ' '))
                .map(word -> word.equals(" ") ? "-" : word).toList()).toList();
    }

    /** {@return two columns of a table, without the rows that have a dash in one of them} */
    static SequencedMap<String, String> columns(List<List<String>> table, int from, int to) {
        SequencedMap<String, String> map = new LinkedHashMap<>();
        for (List<String> row : table) {
            if (!row.get(from).equals("-") && !row.get(to).equals("-")) {
                map.put(row.get(from), row.get(to));
            }
        }
        return map;
    }

    /** {@return the words that the model should be able to repeat and to write in upper case} */
    static List<String> everyWord() {
        List<String> all = new ArrayList<>(COMMON);
        for (List<List<String>> table : List.of(COUNTRIES, OPPOSITES, ANIMALS, COLORED, KINDS, SHAPES, GREETINGS)) {
            table.forEach(all::addAll);
        }
        Stream.of(NAMES, OTHER_CITIES, JOBS, ITEMS, COLORS, DAYS, MONTHS, NUMBERS, GOOD, BAD, REVIEWED)
                .forEach(all::addAll);
        return all.stream().filter(word -> !word.equals("-")).flatMap(word -> Arrays.stream(word.split(" ")))
                .filter(word -> word.length() > 1).distinct().toList();
    }

    /** {@return a word that means nothing, such as could be a name} */
    static String invented(Draw draw) {
        StringBuilder word = new StringBuilder();
        int syllables = draw.between(2, 3);
        for (int i = 0; i < syllables; i++) {
            word.append(draw.one(ONSETS)).append(draw.one(VOWELS));
        }
        if (draw.chance(0.5)) {
            word.append(draw.one(CODAS));
        }
        return Texts.capitalised(word.toString());
    }
}
