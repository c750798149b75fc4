"""Well-known public tables rebuilt small, in the format in which each is published and with numbers of our own.

A column is written ``2.0~4.4`` (numbers between, with as many digits), ``a|b|c`` (one of these), ``1.0~9.0|?`` (now and
then without a value), ``#1`` (counts from 1), ``@name %`` (a word of its own in every row), ``&{}.3.`` (the same with a
number); ``a||`` is sometimes empty.
"""

import random
from typing import NamedTuple


class PublicTable(NamedTuple):
    """A file, and what is to be predicted from it."""

    text: str
    target: str
    task: str
    left_out: tuple[str, ...] = ()
    """Columns that say nothing but which row it is."""


def cell(draw, column, row):
    """Return the cell of a column in a row, as it is written."""
    if column.startswith("#"):
        return str(int(column[1:]) + row)
    if column.startswith("&"):
        return column[1:].format(row + 1)
    if column.startswith("@"):
        return column[1:].replace("%", f"{chr(65 + row % 26)}{'aeiou'[row % 5]}{row * 37 % 101:03}")
    first, *others = column.split("|")
    if "~" not in first:
        return draw.choice([first, *others])
    low, high = first.split("~")
    digits = len(low.partition(".")[2])
    value = draw.uniform(float(low), float(high))
    return draw.choice(others) if others and draw.random() < 0.12 else f"{value:.{digits}f}"


def made(header, columns, target, task, left_out=(), *, between=",", rows=24, end="\n", top="", quote=False, by=None):
    """Return a table of random cells; ``by`` sorts it by a column, ``quote`` puts words in quotes."""
    draw = random.Random(header + columns)
    kinds = columns.split()
    table = [[cell(draw, kind.replace("_", " "), row) for kind in kinds] for row in range(rows)]
    if by is not None:
        words = sorted(row[by] for row in table)
        for row, word in zip(table, words, strict=True):
            row[by] = word
    if quote:
        number = "0123456789.-"
        table = [[f'"{one}"' if one.strip(number) and one != "NA" else one for one in row] for row in table]
    lines = [between.join(row) for row in table]
    return PublicTable(
        end.join([*([top] if top else []), *([header] if header else []), *lines]) + end, target, task, left_out
    )


KINDS_OF_IRIS = "Iris-setosa|Iris-versicolor|Iris-virginica"
SIZES = "4.3~7.9 2.0~4.4 1.0~6.9 0.1~2.5"
AIR = '"Ozone" "Solar.R" "Wind" "Temp" "Month" "Day"'
CARS = '"mpg","cyl","disp","hp","drat","wt","qsec","vs","am","gear","carb"'
WINE = (
    '"fixed acidity";"volatile acidity";"citric acid";"residual sugar";"chlorides";"free sulfur dioxide";'
    '"total sulfur dioxide";"density";"pH";"sulphates";"alcohol";"quality"'
)
WINE_CELLS = "4.6~15.9 0.12~1.58 0.00~1.00 0.9~15.5 0.012~0.611 1~72 6~289 0.9901~1.0037 2.74~4.01 0.33~2.00 8.4~14.9"
STUDENT = "school;sex;age;address;famsize;Pstatus;Medu;Fedu;Mjob;studytime;failures;schoolsup;absences;G1;G2;G3"
STUDENT_CELLS = (
    '"GP"|"MS" "F"|"M" 15~22 "U"|"R" "GT3"|"LE3" "A"|"T" 0~4 0~4 "teacher"|"health"|"services"|"at_home"|"other" 1~4 '
    '0~3 "yes"|"no" 0~30 "5"|"9"|"12"|"15"|"17" "6"|"8"|"11"|"14"|"16" 0~20'
)
ADULT = (
    "17~80 Private|State-gov|Self-emp-not-inc|? 20000~400000 Bachelors|HS-grad|11th|Masters 9~13 "
    "Never-married|Married-civ-spouse|Divorced Adm-clerical|Sales|Exec-managerial|? Husband|Wife|Own-child "
    "White|Black|Other Male|Female 0~5000 0~2000 20~60 United-States|Mexico|? <=50K|>50K"
)
ADULT_HEADER = (
    "age,workclass,fnlwgt,education,education.num,marital.status,occupation,relationship,race,sex,capital.gain,"
    "capital.loss,hours.per.week,native.country,income"
)
TITANIC = "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked"
TITANIC_CELLS = '#1 0|1 1|2|3 @"%,_Mr._%" male|female 1~70|| 0~3 0~2 @A/%_21171 7.25~80.00 ||C85|B20| S|C|Q'
SEABORN = (
    "survived,pclass,sex,age,sibsp,parch,fare,embarked,class,who,adult_male,deck,embark_town,alive,alone",
    "0|1 1|2|3 male|female 1.0~70.0|| 0~3 0~2 7.25~80.00 S|C|Q First|Second|Third man|woman|child True|False ||C|E| "
    "Southampton|Cherbourg|Queenstown yes|no True|False",
)
PIXELS = " ".join(["0~16"] * 16)
SONAR = " ".join(["0.0001~0.9999"] * 20)
BANK = (
    '"age";"job";"marital";"education";"default";"balance";"housing";"loan";"contact";"day";"month";"duration";"y"',
    '18~90 "admin."|"technician"|"services" "married"|"single" "primary"|"secondary"|"unknown" "no"|"yes" -500~9000 '
    '"yes"|"no" "no"|"yes" "cellular"|"unknown" 1~31 "may"|"jun"|"nov" 10~1500 "no"|"yes"',
)
AUTOS = (
    "-2~3 65~256|? alfa-romero|audi|bmw|toyota gas|diesel std|turbo two|four|? sedan|hatchback|wagon fwd|rwd front "
    "86.6~120.9 1488~4066 ohc|dohc|l 61~326 2.54~3.94|? 7.0~23.0 48~288|? 13~49 5118~45400"
)
CALIFORNIA = "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income"
CALIFORNIA_CELLS = "-124.35~-114.31 32.54~41.95 1~52 2~9000 1~2000|| 3~9000 1~2000 0.4999~15.0001 14999~500001"
BIKES = (
    "instant,dteday,season,yr,mnth,holiday,weekday,workingday,weathersit,temp,atemp,hum,windspeed,casual,registered,cnt",
    "#1 &2011-01-{:02} 1~4 0|1 1~12 0|1 0~6 0|1 1~3 0.059130~0.861667 0.079070~0.840896 0.0~0.97 0.0223~0.5074 2~3410 "
    "20~6946 22~8714",
)
BREAST = "id,diagnosis,radius_mean,texture_mean,perimeter_mean,area_mean,smoothness_mean,Unnamed: 32"
ECOLI = "@%-ECOLI 0.00~0.89 0.16~1.00 0.48|1.00 0.50|1.00 0.00~0.88 0.03~1.00 0.00~0.99 cp|im|pp|om"
MUSHROOM = "x|b|s f|s|y n|w|g t|f p|a|l f|a c|w b|n k|n|g e|t b|c|? s|f s|f w|p w|p p w|o o|t p|e k|n|u s|a|n u|g|m"
CARS_98 = "vhigh|high|med|low vhigh|high|med|low 2|3|4|5more 2|4|more small|med|big low|med|high unacc|acc|good|vgood"
HEART = "29~77 0|1 0~3 94~200 126~564 0|1 0~2 71~202 0|1 0.0~6.2 0~2 0~4 0~3 0|1"
CLEVELAND = HEART.replace("0~4 0~3 0|1", "0.0~3.0|? 3.0|6.0|7.0|? 0|1|2|3|4")
LOANS = (
    "Loan_ID,Gender,Married,Dependents,Education,Self_Employed,ApplicantIncome,CoapplicantIncome,LoanAmount,"
    "Loan_Amount_Term,Credit_History,Property_Area,Loan_Status",
    "@LP00% Male|Female| Yes|No 0|1|2|3+| Graduate|Not_Graduate No|Yes| 1000~9000 0~4000 50~300|| 360|180| 1|0| "
    "Urban|Rural|Semiurban Y|N",
)
CHURN = (
    "RowNumber,CustomerId,Surname,CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,Exited",
    "#1 15565701~15815690 @Mac% 350~850 France|Spain|Germany Female|Male 18~92 0~10 0.00~220000.00 1~4 0|1 0|1",
)
TELCO = (
    "customerID,gender,SeniorCitizen,Partner,tenure,Contract,MonthlyCharges,TotalCharges,Churn",
    "@%-VHVEG Female|Male 0|1 Yes|No 0~72 Month-to-month|One_year|Two_year 18.25~118.75 18.80~8684.80||_ No|Yes",
)
AMES = (
    "Id,MSSubClass,MSZoning,LotFrontage,LotArea,Street,Alley,LotShape,YearBuilt,BsmtQual,FireplaceQu,PoolQC,GrLivArea,SalePrice",
    "#1 20|60|70 RL|RM 21~150|NA 1300~20000 Pave NA|NA|NA|NA|Grvl Reg|IR1 1900~2010 Gd|TA|Ex|NA NA|TA|Gd NA 400~3000 "
    "60000~500000",
)
EUROPE = "Datum;Menge;Preis;Gewicht;Umsatz"
EUROPE_CELLS = (
    "&{}.3.2020 1~99 1,5|2,75|3,25|12,5 10,0|12,5|8,75 1.234,50|999,00|2.500,25|12.000,75|870,10|650,00|1.010,99"
)

PUBLIC = {
    "iris, UCI": made("", f"{SIZES} {KINDS_OF_IRIS}", "column 5", "classes", by=4),
    "iris, Kaggle": made(
        "Id,SepalLengthCm,SepalWidthCm,PetalLengthCm,PetalWidthCm,Species",
        f"#1 {SIZES} {KINDS_OF_IRIS}",
        "Species",
        "classes",
        ("Id",),
        by=5,
    ),
    "iris, R": made(
        '"","Sepal.Length","Sepal.Width","Petal.Length","Petal.Width","Species"',
        f'#1 {SIZES} "setosa"|"versicolor"|"virginica"',
        "Species",
        "classes",
        ("column 1",),
        by=5,
    ),
    "iris, scikit-learn": made("24,4,setosa,versicolor,virginica", f"{SIZES} 0|1|2", "virginica", "classes"),
    "housing, Kaggle style with blanks": made(
        "",
        "0.00632~88.97620 0.0~100.0 0.46~27.74 0|1 0.3850~0.8710 3.561~8.780 2.9~100.0 1.1296~12.1265 1~24 187~711 "
        "12.60~22.00 0.32~396.90 1.73~37.97 5.00~50.00",
        "column 14",
        "numbers",
        between="  ",
    ),
    "Boston housing": made(
        '"crim","zn","indus","chas","nox","rm","age","medv"',
        "0.00632~8.97620 0.0~100.0 0.46~27.74 0|1 0.385~0.871 3.561~8.780 2.9~100.0 5.0~50.0",
        "medv",
        "numbers",
    ),
    "titanic, Kaggle": made(TITANIC, TITANIC_CELLS, "Survived", "classes", ("PassengerId", "Name", "Ticket")),
    "titanic, seaborn": made(*SEABORN, "survived", "classes"),
    "wine, UCI": made(
        "", "1|2|3 11.03~14.83 0.74~5.80 1.36~3.23 10.6~30.0 70~162 0.98~3.88 278~1680", "column 8", "numbers"
    ),
    "wine, Kaggle": made(
        "Alcohol,Malic_Acid,Ash,Color_Intensity,Hue,Proline,Customer_Segment",
        "11.03~14.83 0.74~5.80 1.36~3.23 1.28~13.00 0.48~1.71 278~1680 1|2|3",
        "Customer_Segment",
        "classes",
    ),
    "adult, UCI": made("", ADULT, "column 15", "classes", between=", "),
    "adult, Kaggle": made(ADULT_HEADER, ADULT, "income", "classes", quote=True),
    "penguins, seaborn": made(
        "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex",
        "Adelie|Chinstrap|Gentoo Torgersen|Biscoe|Dream 32.1~59.6|| 13.1~21.5|| 172~231 2700~6300 Male|Female|",
        "species",
        "classes",
    ),
    "penguins, R": made(
        '"rowid","species","island","bill_length_mm","bill_depth_mm","flipper_length_mm","body_mass_g","sex","year"',
        "#1 Adelie|Chinstrap|Gentoo Torgersen|Biscoe|Dream 32.1~59.6|NA 13.1~21.5|NA 172~231 2700~6300 male|female|NA "
        "2007|2008|2009",
        "species",
        "classes",
        ("rowid",),
        quote=True,
    ),
    "auto mpg, UCI": made(
        "",
        '9.0~46.6 4|6|8 68.0~455.0 46.0~230.0|? 1613.~5140. 8.0~24.8 70~82 1|2|3 @"chevrolet_%"',
        "column 8",
        "classes",
        ("column 9",),
        between="   ",
    ),
    "auto mpg, seaborn": made(
        "mpg,cylinders,displacement,horsepower,weight,acceleration,model_year,origin,name",
        "9.0~46.6 4|6|8 68.0~455.0 46.0~230.0|| 1613~5140 8.0~24.8 70~82 usa|japan|europe @ford_%",
        "mpg",
        "numbers",
        ("name",),
    ),
    "diabetes, Pima": made(
        "Pregnancies,Glucose,BloodPressure,SkinThickness,Insulin,BMI,DiabetesPedigreeFunction,Age,Outcome",
        "0~17 0~199 0~122 0~99 0~846 0.0~67.1 0.078~2.420 21~81 0|1",
        "Outcome",
        "classes",
    ),
    "diabetes, Pima without header": made(
        "", "0~17 0~199 0~122 0~99 0~846 0.0~67.1 0.078~2.420 21~81 0|1", "column 9", "classes"
    ),
    "diabetes, Efron": made(
        "AGE\tSEX\tBMI\tBP\tS1\tS2\tS3\tS4\tS5\tS6\tY",
        "19~79 1|2 18.0~42.2 62.0~133.0 97~301 41.6~242.4 22.0~99.0 2.00~9.09 3.2581~6.1070 58~124 25~346",
        "Y",
        "numbers",
        between="\t",
    ),
    "abalone": made(
        "",
        "M|F|I 0.075~0.815 0.055~0.650 0.000~1.130 0.0020~2.8255 0.0010~1.4880 0.0005~0.7600 0.0015~1.0050 1~29",
        "column 9",
        "numbers",
    ),
    "abalone, Kaggle": made(
        "Sex,Length,Diameter,Height,Whole weight,Shell weight,Rings",
        "M|F|I 0.075~0.815 0.055~0.650 0.000~1.130 0.0020~2.8255 0.0015~1.0050 1~29",
        "Rings",
        "numbers",
    ),
    "ecoli": made("", ECOLI, "column 9", "classes", ("column 1",), between="  "),
    "yeast": made(
        "",
        "@%-YEAST 0.11~1.00 0.13~1.00 0.21~1.00 0.00~1.00 0.50|1.00 0.00~0.83 0.00~0.73 0.00~1.00 MIT|NUC|CYT|ME1",
        "column 10",
        "classes",
        ("column 1",),
        between="  ",
    ),
    "glass": made(
        "",
        "#1 1.51115~1.53393 10.73~17.38 0.00~4.49 0.29~3.50 69.81~75.41 0.00~6.21 5.43~16.19 0.00~3.15 0.00~0.51 "
        "1|2|3|5|7",
        "column 11",
        "classes",
        ("column 1",),
        by=10,
    ),
    "glass, Kaggle": made(
        "RI,Na,Mg,Al,Si,K,Ca,Ba,Fe,Type",
        "1.51115~1.53393 10.73~17.38 0.00~4.49 0.29~3.50 69.81~75.41 0.00~6.21 "
        "5.43~16.19 0.00~3.15 0.00~0.51 1|2|3|5|7",
        "Type",
        "classes",
    ),
    "seeds": made(
        "",
        "10.59~21.18 12.41~17.25 0.8081~0.9183 4.899~6.675 2.630~4.033 0.7651~8.4560 4.519~6.550 1|2|3",
        "column 8",
        "classes",
        between="\t",
        by=7,
    ),
    "insurance": made(
        "age,sex,bmi,children,smoker,region,charges",
        "18~64 female|male 15.960~53.130 0~5 yes|no southwest|southeast|northwest|northeast 1121.8739~63770.4280",
        "charges",
        "numbers",
    ),
    "heart, Kaggle": made(
        "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,target", HEART, "target", "classes"
    ),
    "heart, Cleveland": made("", CLEVELAND, "column 14", "classes"),
    "breast cancer, Kaggle": made(
        BREAST,
        "84200~92800000 M|B 6.981~28.110 9.71~39.28 43.79~188.50 143.5~2501.0 0.05263~0.16340 |",
        "diagnosis",
        "classes",
        ("id",),
    ),
    "breast cancer, original": made(
        "",
        "1000025~1299924 1~10 1~10 1~10 1~10 1~10 1~10|? 1~10 1~10 1~9 2|4",
        "column 11",
        "classes",
    ),
    "breast cancer recurrence": made(
        "",
        "no-recurrence-events|recurrence-events 30-39|40-49|50-59 premeno|ge40 15-19|0-4|30-34 0-2|3-5|6-8 no|yes|? "
        "1~3 left|right left_low|right_up|central no|yes",
        "column 10",
        "classes",
    ),
    "car evaluation": made("", CARS_98, "column 7", "classes"),
    "car evaluation, Kaggle": made("buying,maint,doors,persons,lug_boot,safety,class", CARS_98, "class", "classes"),
    "mushroom, UCI": made("", f"e|p {MUSHROOM}", "column 23", "classes"),
    "mushroom, Kaggle": made(
        "class,cap-shape,cap-surface,cap-color,bruises,odor",
        "e|p x|b|s f|s|y n|w|g t|f p|a|l",
        "class",
        "classes",
    ),
    "bike sharing": made(*BIKES, "cnt", "numbers", ("instant",)),
    "airquality, R": made(
        AIR,
        '@"%" 1~168|NA 7~334|NA 1.7~20.7 56~97 5|6|7|8|9 1~31',
        "Ozone",
        "numbers",
        ("column 1",),
        between=" ",
    ),
    "airquality, CSV": made(
        "Ozone,Solar.R,Wind,Temp,Month,Day",
        "1~168|NA 7~334|NA 1.7~20.7 56~97 5|6|7|8|9 1~31",
        "Ozone",
        "numbers",
    ),
    "mtcars, R": made(
        f'"",{CARS}',
        '@"Mazda_%" 10.4~33.9 4|6|8 71.1~472.0 52~335 2.76~4.93 1.513~5.424 14.50~22.90 0|1 0|1 3|4|5 1~8',
        "mpg",
        "numbers",
        ("column 1",),
    ),
    "mtcars, model": made(
        "model,mpg,cyl,disp,hp,wt",
        "@Mazda_% 10.4~33.9 4|6|8 71.1~472.0 52~335 1.513~5.424",
        "mpg",
        "numbers",
        ("model",),
    ),
    "California housing": made(
        f"{CALIFORNIA},median_house_value,ocean_proximity",
        f"{CALIFORNIA_CELLS} NEAR_BAY|INLAND|<1H_OCEAN",
        "median_house_value",
        "numbers",
        quote=False,
    ),
    "California housing, scikit-learn": made(
        "MedInc,HouseAge,AveRooms,AveBedrms,Population,AveOccup,Latitude,Longitude,MedHouseVal",
        "0.4999~15.0001 1.0~52.0 0.8461~14.9090 0.3333~3.0666 3.0~9000.0 0.6923~9.3333 32.54~41.95 -124.35~-114.31 "
        "0.14999~5.00001",
        "MedHouseVal",
        "numbers",
    ),
    "student performance": made(STUDENT, STUDENT_CELLS, "G3", "numbers", between=";", rows=30),
    "forest fires": made(
        "X,Y,month,day,FFMC,DMC,DC,ISI,temp,RH,wind,rain,area",
        "1~9 2~9 mar|oct|aug fri|tue|sat 18.7~96.2 1.1~291.3 7.9~860.6 0~56 2.2~33.3 15~100 0.4~9.4 0.0~6.4 0.00~90",
        "area",
        "numbers",
    ),
    "automobile imports": made("", AUTOS, "column 18", "numbers"),
    "bank marketing": made(*BANK, "y", "classes", between=";"),
    "energy efficiency": made(
        "X1,X2,X3,X4,X5,X6,X7,X8,Y1,Y2,,",
        "0.62~0.98 514.50~808.50 245.00~416.50 110.25~220.50 3.50~7.00 2~5 0.00~0.40 0~5 6.01~43.10 10.90~48.03 | |",
        "Y2",
        "numbers",
        end="\r\n",
    ),
    "concrete": made(
        '"Cement (component 1)(kg in a m^3 mixture)",Slag,"Fly Ash",Water,"Age (day)",'
        '"Concrete compressive strength(MPa, megapascals) "',
        "102.0~540.0 0.0~359.4 0.0~200.1 121.8~247.0 1~365 2.33~82.60",
        "Concrete compressive strength(MPa, mega…",
        "numbers",
    ),
    "yacht": made(
        "",
        "-5.0~0.0 0.530~0.600 4.34~5.14 2.81~5.35 2.73~3.64 0.125~0.450 0.01~62.42",
        "column 7",
        "numbers",
        between=" ",
    ),
    "wine quality, red": made(WINE, f"{WINE_CELLS} 3~8", "quality", "classes", between=";"),
    "sonar": made("", f"{SONAR} R|M", "column 21", "classes", by=20),
    "ionosphere": made("", "1|0 0 -1.00000~1.00000 -1.00000~1.00000 -1.00000~1.00000 g|b", "column 6", "classes"),
    "spambase": made(
        "", "0.00~4.54 0.00~14.28 0.00~5.10 0.000~32.478 1.000~1102.500 1~9989 1~15841 1|0", "column 8", "classes"
    ),
    "letter recognition": made("", f"A|B|C|D|E {PIXELS}", "column 17", "numbers"),
    "letter recognition, Kaggle": made(
        "lettr,x-box,y-box,width,high,onpix",
        "A|B|C|D|E 0~15 0~15 0~15 0~15 0~15",
        "lettr",
        "classes",
    ),
    "handwritten digits": made("", f"{PIXELS} 0|1|2|3|4|5|6|7|8|9", "column 17", "classes", rows=30),
    "banknotes": made("", "-7.0421~6.8248 -13.7731~12.9516 -5.2861~17.9274 -8.5482~2.4495 0|1", "column 5", "classes"),
    "Haberman's survival": made("", "30~83 58~69 0~52 1|2", "column 4", "classes"),
    "balance scale": made("", "B|L|R 1~5 1~5 1~5 1~5", "column 5", "classes"),
    "credit approval": made(
        "",
        "a|b|? 13.75~80.25|? 0.000~28.000 u|y|l g|p|gg w|q|m v|h|bb 0.000~28.500 t|f t|f 0~67 f|t g|s|p 00000~2000 "
        "0~100000 +|-",
        "column 16",
        "classes",
    ),
    "loan prediction": made(*LOANS, "Loan_Status", "classes", ("Loan_ID",), rows=30),
    "churn, bank": made(*CHURN, "Exited", "classes", ("RowNumber", "CustomerId", "Surname")),
    "churn, telephone": made(*TELCO, "Churn", "classes", ("customerID",), rows=30),
    "Ames house prices": made(*AMES, "SalePrice", "numbers", ("Id",), rows=30),
    "tips": made(
        "total_bill,tip,sex,smoker,day,time,size",
        "3.07~50.81 1.00~10.00 Female|Male No|Yes Sun|Sat|Thur Dinner|Lunch 1~6",
        "tip",
        "numbers",
    ),
    "diamonds": made(
        "carat,cut,color,clarity,depth,table,price,x,y,z",
        "0.20~5.01 Ideal|Premium|Good E|I|J SI2|SI1|VS1 43.0~79.0 43.0~95.0 326~18823 0.00~10.74 0.00~58.90 0.00~31.80",
        "z",
        "numbers",
    ),
    "Salary data": made("YearsExperience,Salary", "1.1~10.5 37731.0~122391.0", "Salary", "numbers"),
    "Advertising": made(
        '"","TV","Radio","Newspaper","Sales"',
        "#1 0.7~296.4 0.0~49.6 0.3~114.0 1.6~27.0",
        "Sales",
        "numbers",
        ("column 1",),
    ),
    "Ng's housing": made("", "852~4478 1~5 169900~699900", "column 3", "numbers"),
    "graduate admissions": made(
        "Serial No.,GRE Score,TOEFL Score,University Rating,SOP,LOR ,CGPA,Research,Chance of Admit ",
        "#1 290~340 92~120 1~5 1.0~5.0 1.0~5.0 6.80~9.92 0|1 0.34~0.97",
        "Chance of Admit",
        "numbers",
        ("Serial No.",),
    ),
    "a German export": made(EUROPE, EUROPE_CELLS, "Umsatz", "numbers", between=";"),
}
