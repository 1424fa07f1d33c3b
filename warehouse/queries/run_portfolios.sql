select distinct portfolio from runs where flow = 'daily' order by portfolio;
